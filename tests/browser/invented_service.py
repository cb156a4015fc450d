"""A server with invented models and answers, for the page that people ask models with.

Names are hostile, answers fixed, and each request is kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.run.artefacts.signature_file import (
    AttributionRecord,
    EndpointRecord,
    InputRecord,
    RequestRecord,
    SignatureRecord,
)
from shared.service.page.routes import page_routes
from shared.targets import Categories, Horizon, Target
from tests.shared.reporting.invented_records import invented_signature

__all__ = ["HOSTILE", "LOOKBACK", "TOKEN", "Invented", "running"]

HOSTILE = '<img src=x onerror="window.stored=1">'
TOKEN = "let me in"  # noqa: S105  # of this server alone
LOOKBACK = 30
_STEPS = 6

_CLASSES = Categories(names=(HOSTILE, "plain"))
_LOADS = Horizon(steps=_STEPS, channels=("load",), unit="kW", step_seconds=3600, season_steps=24)
_WINDOW = ("value", "temperature")
_AHEAD = ("temperature", "day sin", "day cos", "week sin", "week cos")
_CELLS = tuple(f"row {row}, column {column}" for row in (1, 2) for column in (1, 2, 3))
_TILES = tuple(
    f"{band} Hz, stretch {number}" for band in ("0-500", "500-4000") for number in (1, 2)
)
_LAGS = ("value, last 24 hours", HOSTILE)


@dataclass
class Invented:
    """The server as a test sees it.

    Attributes:
        address: Of the page.
        requests: Bodies of all requests for answers.
        refusing: Status and text with which requests are refused; None: they are answered.
        guarded: Whether a token is asked for.
        changes: What is different in the next answers.
    """

    address: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    refusing: tuple[int, str] | None = None
    guarded: bool = False
    changes: dict[str, Any] = field(default_factory=dict)

    async def answer(self, request: Request) -> Response:
        """As `:predict` does."""
        if self.refusing is not None:
            status, text = self.refusing
            return JSONResponse({"error": text}, status)
        body = await request.json()
        self.requests.append({"model": request.path_params["name"], **body})
        told = _ANSWERS[request.path_params["name"]]
        given = told[body.get("signature_name", "serving_default")]
        return JSONResponse({"predictions": [{**given, **self.changes}]})


@contextmanager
def running() -> Iterator[Invented]:
    """The server, on a port that is free."""
    invented = Invented()
    answers = Route("/v1/models/{name}:predict", invented.answer, methods=["POST"])
    app = Starlette(routes=[*page_routes(lambda: _MODELS), answers])
    server = uvicorn.Server(uvicorn.Config(_guard(app, invented), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        (listening,) = server.servers
        invented.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield invented
    finally:
        server.should_exit = True
        thread.join()


def _guard(app: Any, invented: Invented) -> Any:
    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        sent = dict(scope.get("headers", ())).get(b"authorization")
        asks = scope.get("path", "").startswith(("/v1", "/page/models"))
        if invented.guarded and asks and sent != f"Bearer {TOKEN}".encode():
            await JSONResponse({"error": "Expected a token"}, 401)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded


def _model(
    target: Target, inputs: tuple[InputRecord, ...], segments: tuple[str, ...], example: Any
) -> SignatureRecord:
    signature = invented_signature(target)
    default = signature.signatures["serving_default"]
    (output,) = default.outputs
    explain = output.model_copy(update={"name": "attributions", "unit": "log-odds"})
    rules = signature.calibration.model_copy(update={"max_error_share": 0.05})
    return signature.model_copy(
        update={
            "signatures": {
                "serving_default": EndpointRecord(inputs=inputs, outputs=default.outputs),
                "explain": EndpointRecord(inputs=inputs, outputs=(explain,)),
            },
            "calibration": rules,
            "attributions": AttributionRecord(
                method="integrated_gradients",
                baseline=HOSTILE,
                num_baselines=1,
                points=8,
                segments=segments,
            ),
            "why_no_attributions": "",
            "example": RequestRecord(path="", body={"instances": [example]}),
        }
    )


def _input(name: str, *shape: int, columns: tuple[str, ...] | None = None) -> InputRecord:
    dtype = "float64" if len(shape) > 1 else "string"
    sizes = (None, *shape)
    return InputRecord(name=name, dtype=dtype, shape=sizes, meaning="", unit=None, columns=columns)


_SERIES = (
    _input("window", LOOKBACK, len(_WINDOW), columns=_WINDOW),
    _input("future", _STEPS, len(_AHEAD), columns=_AHEAD),
)
_MODELS: Mapping[str, SignatureRecord] = {
    HOSTILE: _model(_CLASSES, (_input("text"),), (), HOSTILE),
    "images": _model(_CLASSES, (_input("image_bytes"),), _CELLS, {"b64": ""}),
    "loads": _model(_LOADS, _SERIES, _LAGS, {}),
    "rows": _model(
        _CLASSES, (_input("tabular", 2, columns=("reminder", "age")),), _LAGS, ["call", "70"]
    ),
    "sounds": _model(_CLASSES, (_input("wav"),), _TILES, {"b64": ""}),
}
_CLASS = {
    "error": "",
    "class_name": HOSTILE,
    "class_index": 0,
    "probabilities": [0.8, 0.2],
    "in_set": [1, 0],
    "abstain": 0,
    "is_ood": 0,
    "ood_score": 3.5,
}
_WHY = {"error": "", "baseline_value": -0.5, "explained_value": 1.5, "completeness_gap": 0.0}
_FORECAST = {
    "error": "",
    "is_ood": 0,
    "forecast": [[100.0 + step] for step in range(_STEPS)],
    "quantiles": [[[90.0 + step, 100.0 + step, 115.0 + step]] for step in range(_STEPS)],
}
_OF_STEPS = {
    "error": "",
    "attributions": [[[2.0 + step, -1.0]] for step in range(_STEPS)],
    "explained_value": [[100.0 + step] for step in range(_STEPS)],
    "baseline_value": [[99.0] for _ in range(_STEPS)],
    "completeness_gap": [[0.0] for _ in range(_STEPS)],
}


def _both(**why: Any) -> dict[str, dict[str, Any]]:
    return {"serving_default": _CLASS, "explain": {**_WHY, **why}}


_ANSWERS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    HOSTILE: _both(tokens=[HOSTILE, "good", "##ness", ""], attributions=[1.0, -2.0, 3.0, 0.0]),
    "images": _both(attributions=[1.0, -1.0, 0.5, 0.0, 2.0, -0.5]),
    "sounds": _both(attributions=[1.0, -1.0, 0.5, 0.25], stretch_seconds=[0.0, 0.4, 0.9]),
    "rows": _both(attributions=[1.0, -0.5]),
    "loads": {"serving_default": _FORECAST, "explain": _OF_STEPS},
}
