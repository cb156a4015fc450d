"""`PredictionService` and `ModelService`, for the stubs of `tensorflow-serving-api`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc

from shared.errors import UserError
from shared.service.models.endpoint import DEFAULT_SIGNATURE
from shared.service.models.version import Version
from shared.service.rest.endpoints import no_such_method
from shared.service.rest.guard import has_token
from shared.service.service import Asked, Service
from shared.service.status import Code, RequestError
from shared.service.wire.messages import PACKAGE, message
from shared.service.wire.tensors import Arrays, fill_tensors, read_tensors

__all__ = ["open_door"]

_METADATA = "signature_def"
_Method = Callable[[Any], Awaitable[Any]]


@asynccontextmanager
async def open_door(
    service: Service, host: str, port: int, *, token: str | None, drain_seconds: float
) -> AsyncIterator[int]:
    """Answer gRPC while the block runs; gives the port.

    Args:
        service: What answers.
        host: Address to listen on.
        port: 0 for any that is free.
        token: Which clients must send as `authorization: Bearer TOKEN`; None for none.
        drain_seconds: What requests have for their answers when the block ends.

    Raises:
        UserError: The port is taken.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", service.limits.body_bytes),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),  # or a second server would share the port without a word
        ]
    )
    server.add_generic_rpc_handlers(_handlers(_Door(service), token))
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        bound = server.add_insecure_port(address)
    except RuntimeError as error:
        raise UserError(
            f"Can't listen on {address}: the port is taken, or not ours. Choose another"
            " --grpc-port."
        ) from error
    await server.start()
    try:
        yield bound
    finally:
        await server.stop(drain_seconds)


@dataclass(frozen=True)
class _Door:
    """The methods; each takes a request and returns a response, or raises."""

    service: Service

    async def predict(self, request: Any) -> Any:
        """`PredictionService.Predict`."""
        asked, signature = _asked(request)
        answer = await self.service.predict(
            asked, signature, lambda _: read_tensors(request.inputs), door="grpc"
        )
        response = message("PredictResponse")()
        _say_spec(response.model_spec, answer.version, signature)
        fill_tensors(response.outputs, _chosen(answer.outputs, list(request.output_filter)))
        return response

    async def classify(self, request: Any) -> Any:
        """`PredictionService.Classify`, which no signature here allows."""
        raise self._no_method(request, "classify")

    async def regress(self, request: Any) -> Any:
        """`PredictionService.Regress`, likewise."""
        raise self._no_method(request, "regress")

    async def metadata(self, request: Any) -> Any:
        """`PredictionService.GetModelMetadata`."""
        if not request.metadata_field:
            text = "GetModelMetadataRequest must specify at least one metadata_field"
            raise RequestError(Code.INVALID_ARGUMENT, text)
        for name in request.metadata_field:
            if name != _METADATA:
                text = f"Metadata field {name} is not supported"
                raise RequestError(Code.INVALID_ARGUMENT, text)
        asked, _ = _asked(request)
        version = self.service.registry.find(asked.model, asked.version, asked.label)
        response = message("GetModelMetadataResponse")()
        _say_spec(response.model_spec, version, "")
        packed = response.metadata[_METADATA]
        packed.type_url = f"type.googleapis.com/{PACKAGE}.SignatureDefMap"
        packed.value = version.signatures.SerializeToString()
        return response

    async def status(self, request: Any) -> Any:
        """`ModelService.GetModelStatus`."""
        asked, _ = _asked(request)
        number = asked.version
        if asked.label is not None:
            number = self.service.registry.find(asked.model, None, asked.label).number
        response = message("GetModelStatusResponse")()
        for version in self.service.registry.statuses(asked.model, number):
            one = response.model_version_status.add(version=version.number, state=version.state)
            one.status.error_code = version.code
            one.status.error_message = version.message
        return response

    def _no_method(self, request: Any, action: str) -> RequestError:
        asked, signature = _asked(request)
        version = self.service.registry.find(asked.model, asked.version, asked.label)
        endpoint = version.endpoints.get(signature)
        if endpoint is None:
            text = f"No signature was found with the name: {signature}"
            return RequestError(Code.INVALID_ARGUMENT, text)
        return no_such_method(action, endpoint.method)


def _handlers(door: _Door, token: str | None) -> tuple[Any, ...]:
    prediction = {
        "Predict": ("PredictRequest", door.predict),
        "Classify": ("SpecOnly", door.classify),
        "Regress": ("SpecOnly", door.regress),
        "GetModelMetadata": ("GetModelMetadataRequest", door.metadata),
    }
    model = {"GetModelStatus": ("GetModelStatusRequest", door.status)}
    return tuple(
        grpc.method_handlers_generic_handler(
            f"{PACKAGE}.{name}",
            {one: _handler(*method, token) for one, method in methods.items()},
        )
        for name, methods in (("PredictionService", prediction), ("ModelService", model))
    )


def _handler(request_type: str, method: _Method, token: str | None) -> Any:
    async def answer(request: Any, context: Any) -> Any:
        sent = dict(context.invocation_metadata() or ())
        try:
            if token is not None and not has_token(sent, token):
                text = "Expected the metadata authorization: Bearer TOKEN"
                raise RequestError(Code.UNAUTHENTICATED, text)
            return await method(request)
        except RequestError as error:
            await context.abort(grpc.StatusCode[error.code.name], error.message)

    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=message(request_type).FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )


def _asked(request: Any) -> tuple[Asked, str]:
    """Which model, and which endpoint.

    Raises:
        RequestError: The request does not say.
    """
    if not request.HasField("model_spec"):
        raise RequestError(Code.INVALID_ARGUMENT, "Missing ModelSpec")
    spec = request.model_spec
    number = spec.version.value if spec.HasField("version") else None
    asked = Asked(spec.name, number, spec.version_label or None)
    return asked, spec.signature_name or DEFAULT_SIGNATURE


def _say_spec(spec: Any, version: Version, signature: str) -> None:
    spec.name = version.model
    spec.version.value = version.number
    spec.signature_name = signature


def _chosen(outputs: Arrays, wanted: list[str]) -> Arrays:
    """The outputs that the client wants; all, if it does not say."""
    for name in wanted:
        if name not in outputs:
            raise RequestError(
                Code.INVALID_ARGUMENT,
                f"output tensor alias not found in signature: {name} Outputs expected to be in the"
                f" set {{{','.join(sorted(outputs))}}}.",
            )
    return {name: outputs[name] for name in wanted} if wanted else outputs
