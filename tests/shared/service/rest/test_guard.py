from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from shared.service.rest.app import create_app
from tests.shared.service.fake_service import FakeSource, opener

TOKEN = "correct horse battery staple"  # noqa: S105 - of a test


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        ("Bearer ünfit", 401),
        (TOKEN, 401),
        (f"Bearer {TOKEN}", 200),
    ],
)
def test_whoever_has_the_token_may_ask(sent: str | None, status: int) -> None:
    headers = {} if sent is None else {"authorization": sent.encode()}
    app = create_app(opener(FakeSource()), token=TOKEN)
    with TestClient(app, base_url="http://localhost") as client:
        for path in ("/v1/models/words", "/metrics", "/openapi.json"):
            assert client.get(path, headers=headers).status_code == status  # type: ignore[arg-type]
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8501", 200),
        ("127.0.0.1", 200),
        ("[::1]:8501", 200),
        ("evil.example", 403),
        ("", 403),
    ],
)
def test_a_name_of_another_site_that_points_here_is_refused(host: str, status: int) -> None:
    with TestClient(create_app(opener(FakeSource()))) as client:
        assert client.get("/v1/models/words", headers={"host": host}).status_code == status


def test_a_server_for_others_takes_any_name() -> None:
    app = create_app(opener(FakeSource()), is_loopback=False)
    with TestClient(app, base_url="http://models.example") as client:
        assert client.get("/v1/models/words").status_code == 200
