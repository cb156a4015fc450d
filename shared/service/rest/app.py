"""The web application: TensorFlow Serving's interface, health and metrics."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.service.page.routes import page_routes
from shared.service.page.signatures import served_signatures
from shared.service.rest.description import describe_service
from shared.service.rest.endpoints import ServingInterface, error_response, json_response
from shared.service.rest.guard import Guard
from shared.service.service import Service
from shared.service.status import Code, RequestError

__all__ = ["create_app"]


def create_app(
    open_service: Callable[[], AbstractAsyncContextManager[Service]],
    *,
    token: str | None = None,
    is_loopback: bool = True,
) -> Starlette:
    """The application.

    Args:
        open_service: Gives the service, while the application runs.
        token: Which clients must send; None for none.
        is_loopback: Whether it listens for this machine only.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_service() as service:
            app.state.service = service
            app.state.has_token = token is not None
            yield

    app = Starlette(
        routes=[*_OWN, *page_routes(lambda: served_signatures(app.state.service.registry))],
        middleware=[
            Middleware(Guard, token=token, is_loopback=is_loopback),
            Middleware(ServingInterface),
        ],
        exception_handlers={Exception: _internal, HTTPException: _no_such_page},
        lifespan=lifespan,
    )
    return app


async def _is_alive(_: Request) -> Response:
    return json_response(b'{"status": "alive"}')


async def _is_ready(request: Request) -> Response:
    """Whether every model has a version, and a worker to run it."""
    service: Service = request.app.state.service
    registry = service.registry
    told = {name: [one.number for one in registry.available(name)] for name in registry.models}
    is_ready = registry.is_ready and service.pool.num_ready > 0
    content = json.dumps({"ready": is_ready, "models": told}).encode()
    return json_response(content, 200 if is_ready else 503)


async def _description(request: Request) -> Response:
    state = request.app.state
    document = describe_service(state.service, with_token=state.has_token)
    return json_response(json.dumps(document).encode())


async def _metrics(request: Request) -> Response:
    service: Service = request.app.state.service
    return Response(service.metrics.render(), media_type=CONTENT_TYPE_LATEST)


async def _no_such_page(_: Request, error: Exception) -> Response:
    """The form of all errors, with what the router says: which methods an address has."""
    assert isinstance(error, HTTPException)  # noqa: S101 - as it is registered
    content = json.dumps({"error": error.detail}).encode()
    response = json_response(content, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _internal(_: Request, __: Exception) -> Response:
    """A fault of ours, whose details stay in the server's own log."""
    return error_response(RequestError(Code.INTERNAL, "Internal error"))


_OWN = (
    Route("/healthz", _is_alive),
    Route("/readyz", _is_ready),
    Route("/openapi.json", _description),
    Route("/metrics", _metrics),
    Route("/monitoring/prometheus/metrics", _metrics),
)
