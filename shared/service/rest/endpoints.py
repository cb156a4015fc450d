"""The endpoints below `/v1/`."""

from __future__ import annotations

import json
import re
from typing import Any

from google.protobuf.json_format import MessageToDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.service.models.version import Version
from shared.service.rest.bodies import read_body
from shared.service.rest.json_answer import answer_json
from shared.service.rest.json_request import ParsedBody, examples_of, parse_body
from shared.service.rest.paths import Address, parse_path
from shared.service.service import Service
from shared.service.status import Code, RequestError

__all__ = ["ServingInterface", "error_response", "json_response", "no_such_method"]

_ORIGIN = re.compile(r"https?://.*")


def json_response(content: bytes, status: int = 200) -> Response:
    """A body that is JSON already."""
    return Response(content, status, media_type="application/json")


def error_response(error: RequestError) -> Response:
    """The only form that errors have: `{"error": "…"}`."""
    response = json_response(json.dumps({"error": error.message}).encode(), error.http)
    if error.code == Code.UNAVAILABLE:
        response.headers["Retry-After"] = "1"
    if error.code == Code.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


class ServingInterface:
    """Whatever is below `/v1`; before the routes, which cost more than most of the rest.

    Args:
        app: Who answers all else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or leave it to the application."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith("/v1/"):
            response = await _answer(Request(scope, receive, send))
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _answer(request: Request) -> Response:
    if request.method == "OPTIONS":
        origin = request.headers.get("origin", "")
        return Response(status_code=200 if _ORIGIN.fullmatch(origin) else 400)
    service: Service = request.app.state.service
    try:
        address = parse_path(request.method, request.scope["raw_path"].decode("latin-1"))
        match address.action:
            case "status":
                return json_response(_statuses(service, address))
            case "metadata":
                return json_response(_metadata(service, address))
        body = await _read_counted(request, service)
        if address.action != "predict":
            raise _no_method(service, address, body)
        return await _predict(service, address, body)
    except RequestError as error:
        return error_response(error)


async def _read_counted(request: Request, service: Service) -> ParsedBody:
    """The body; one that can't be read counts as a request too."""
    try:
        return parse_body(await read_body(request, service.limits))
    except RequestError as error:
        service.metrics.requests.labels("", "rest", error.code.name).inc()
        raise


async def _predict(service: Service, address: Address, body: ParsedBody) -> Response:
    answer = await service.predict(address.asked, body.signature, body.arrays, door="rest")
    return json_response(answer_json(answer.outputs, is_rows=body.is_rows))


def _no_method(service: Service, address: Address, body: ParsedBody) -> RequestError:
    """Why `:classify` and `:regress` are not answered: in the words of classifier.cc."""
    examples_of(body)
    version = service.registry.find(address.asked.model, address.asked.version, address.asked.label)
    endpoint = version.endpoints.get(body.signature)
    if endpoint is None:
        text = f"No signature was found with the name: {body.signature}"
        return RequestError(Code.INVALID_ARGUMENT, text)
    return no_such_method(address.action, endpoint.method)


def no_such_method(action: str, method: str) -> RequestError:
    """What is said of a signature that is not for `classify` or `regress`."""
    expected = f"tensorflow/serving/{action}"
    if method == expected:
        return RequestError(Code.UNIMPLEMENTED, f"This server does not {action}")
    kind = "classification" if action == "classify" else "regression"
    return RequestError(
        Code.INVALID_ARGUMENT,
        f"Expected {kind} signature method_name to be {expected}. Was: {method}",
    )


def _statuses(service: Service, address: Address) -> bytes:
    # A label is ignored, as TensorFlow Serving does.
    versions = service.registry.statuses(address.asked.model, address.asked.version)
    return json.dumps({"model_version_status": [_status(one) for one in versions]}).encode()


def _status(version: Version) -> dict[str, Any]:
    status = {"error_code": version.code.name, "error_message": version.message}
    return {"version": str(version.number), "state": version.state.name, "status": status}


def _metadata(service: Service, address: Address) -> bytes:
    asked = address.asked
    version = service.registry.find(asked.model, asked.version, asked.label)
    signatures = MessageToDict(
        version.signatures,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )
    spec = {"name": version.model, "signature_name": "", "version": str(version.number)}
    metadata = {"model_spec": spec, "metadata": {"signature_def": signatures}}
    return json.dumps(metadata).encode()
