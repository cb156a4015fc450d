"""TensorFlow Serving's REST interface, replayed: what is sent, and what comes back."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from shared.service.rest.app import create_app
from shared.service.settings import Limits
from tests.shared.service.fake_service import FakeSource, opener

WORDS = "/v1/models/words"
NUMBERS = "/v1/models/numbers"
ROW = {"window": [1.5, 2], "hour": 3}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    limits = Limits(body_bytes=4096, instances=70)
    app = create_app(opener(FakeSource(), limits=limits))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


# What is sent (`json`, or `bytes` that are none), the status, and the stem of the message.
ERRORS = list(map(json.loads, Path(__file__).with_name("errors.jsonl").read_text().splitlines()))

LONG: list[dict[str, Any]] = [
    {"bytes": "[" * 3000, "status": 400, "error": "JSON Parse error: "},
    {
        "bytes": '{"instances": ' + "[" * 900 + "]" * 900 + "}",
        "status": 400,
        "error": "Failed to process element: 0",
    },
    {"bytes": '{"instances": [], "x": ' + "9" * 4200 + "}", "status": 413, "error": "The body has"},
    {"json": {"instances": ["a"] * 71}, "status": 400, "error": "71 instances are more than the"},
]


@pytest.mark.parametrize("case", [*ERRORS, *LONG], ids=range(len(ERRORS) + len(LONG)))
def test_an_error_has_the_code_and_the_words_of_tensorflow_serving(
    client: TestClient, case: dict[str, Any]
) -> None:
    content = case.get("bytes", json.dumps(case.get("json"))).encode("latin-1")
    response = client.post(case.get("path", f"{WORDS}:predict"), content=content)
    assert response.status_code == case["status"]
    told = response.json()
    assert told.keys() == {"error"}
    assert told["error"].startswith(case["error"]), told
    assert response.headers["content-type"] == "application/json"


GETS = [
    ("GET", "/v1/models", 400, "Missing model name in request."),
    ("GET", "/v1/models/none", 404, "Could not find any versions of model none"),
    ("GET", f"{WORDS}/versions/9", 404, "Could not find version 9 of model words"),
    ("GET", f"{WORDS}/labels/x/metadata", 400, "Unrecognized servable version label: x"),
    (
        "GET",
        f"{WORDS}/versions/9/metadata",
        404,
        "Servable not found for request: Specific(words, 9)",
    ),
    ("GET", f"{WORDS}:predict", 400, f"Malformed request: GET {WORDS}:predict"),
    ("GET", "/v1/else", 400, "Malformed request: GET /v1/else"),
    ("DELETE", WORDS, 400, f"Malformed request: DELETE {WORDS}"),
    ("POST", WORDS, 400, f"Malformed request: POST {WORDS}"),
]


@pytest.mark.parametrize(("method", "path", "status", "message"), GETS)
def test_other_requests_fail_as_there(
    client: TestClient, method: str, path: str, status: int, message: str
) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.json()) == (status, {"error": message})


def test_rows_are_answered_in_rows(client: TestClient) -> None:
    body = {"instances": ["good", {"b64": "/w=="}]}
    first, second = client.post(f"{WORDS}:predict", json=body).json()["predictions"]
    assert first["class_name"] == "good"
    assert first["share"] == 0.1, "the shortest digits of a float32"
    assert second["text_bytes"] == {"b64": "/w=="}, "an output named so is bytes"


def test_columns_are_answered_in_columns(client: TestClient) -> None:
    named = client.post(f"{WORDS}:predict", json={"inputs": {"text": ["good"], "x": 1}}).json()
    assert named["outputs"]["class_name"] == ["good"]
    plain = client.post(f"{WORDS}:predict", json={"inputs": ["good"]}).json()
    assert plain == named


def test_one_output_goes_without_its_name(client: TestClient) -> None:
    rows = client.post(f"{NUMBERS}:predict", json={"instances": [ROW]}).json()
    assert rows == {"predictions": [6.5]}
    columns = {"inputs": {"window": [[1, 2]], "hour": [0]}}
    assert client.post(f"{NUMBERS}:predict", json=columns).json() == {"outputs": [3.0]}


def test_what_is_not_finite_is_taken_as_there_and_said_in_legal_json(client: TestClient) -> None:
    body = b'{"instances": [{"window": [NaN, -Infinity], "hour": 1}]}'
    assert client.post(f"{NUMBERS}:predict", content=body).json() == {"predictions": [None]}
    body = b'{"instances": [{"window": [1e400, 1e39], "hour": 1}]}'
    assert client.post(f"{NUMBERS}:predict", content=body).json() == {"predictions": [None]}


def test_more_rows_than_a_batch_come_back_in_order(client: TestClient) -> None:
    texts = [f"{number} good" if number % 3 else "" for number in range(70)]
    rows = client.post(f"{WORDS}:predict", json={"instances": texts}).json()["predictions"]
    assert [row["class_name"] == "good" for row in rows] == [bool(text) for text in texts]


def test_versions_and_labels_lead_to_the_model(client: TestClient) -> None:
    for path in (f"{WORDS}/versions/1", f"{WORDS}/labels/stable", "/v1/models/wo%72ds"):
        response = client.post(f"{path}:predict", json={"instances": ["good"]})
        assert response.status_code == 200, path


def test_status_says_the_versions_whatever_the_label(client: TestClient) -> None:
    status = {"error_code": "OK", "error_message": ""}
    expected = {"model_version_status": [{"version": "1", "state": "AVAILABLE", "status": status}]}
    for path in (WORDS, f"{WORDS}/versions/1", f"{WORDS}/labels/anything"):
        assert client.get(path).json() == expected


def test_metadata_has_the_form_of_protocol_buffers_in_json(client: TestClient) -> None:
    told = client.get(f"{WORDS}/metadata").json()
    assert told["model_spec"] == {"name": "words", "signature_name": "", "version": "1"}
    signature = told["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert signature["inputs"]["text"] == {
        "name": "serving_default_text:0",
        "dtype": "DT_STRING",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
    }


def test_a_gzip_body_is_inflated_within_bounds(client: TestClient) -> None:
    def post(content: bytes) -> tuple[int, str]:
        headers = {"content-encoding": "gzip"}
        response = client.post(f"{WORDS}:predict", content=content, headers=headers)
        return response.status_code, response.text

    assert post(gzip.compress(b'{"instances": ["good"]}'))[0] == 200
    assert post(gzip.compress(b" " * 5000))[0] == 413
    for broken in (b"no gzip", gzip.compress(b'{"instances": ["good"]}')[:-9]):
        assert post(broken)[0] == 400


def test_a_browser_of_another_site_gets_no_leave(client: TestClient) -> None:
    assert client.options(WORDS).status_code == 400
    response = client.options(WORDS, headers={"origin": "https://other.example"})
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


def test_health_readiness_and_metrics(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.json() == {"ready": True, "models": {"half": [1], "numbers": [3], "words": [1]}}
    client.post(f"{WORDS}:predict", json={"instances": ["good?", "", "bad"]})
    for path in ("/metrics", "/monitoring/prometheus/metrics"):
        text = client.get(path).text
        assert 'plumbline_decisions_total{decision="good",model="words",version="1"}' in text
        assert 'plumbline_abstained_total{model="words",version="1"} 1.0' in text
        assert 'plumbline_row_errors_total{model="words",version="1"}' in text
        assert "plumbline_queue_rows 0.0" in text
    assert "none" not in text, "names that clients make up would fill the memory"


def test_the_description_names_what_answers(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert f"{WORDS}/labels/stable:predict" in paths
    body = paths[f"{NUMBERS}:predict"]["post"]["requestBody"]["content"]["application/json"]
    row = body["schema"]["anyOf"][0]["properties"]["instances"]["items"]
    assert row["properties"]["window"] == {
        "type": "array",
        "items": {"type": "number"},
        "minItems": 2,
        "maxItems": 2,
    }
