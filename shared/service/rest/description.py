"""`/openapi.json`: every address that answers now, with the exact form of each model's requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shared.service.models.endpoint import DEFAULT_SIGNATURE, Endpoint, TensorSpec
from shared.service.models.version import Version
from shared.service.service import Service
from shared.service.wire.tensors import STRING

__all__ = ["describe_service"]

_Schema = dict[str, Any]

_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_BYTES: _Schema = {
    "type": "object",
    "properties": {"b64": {"type": "string", "pattern": _BASE64}},
    "required": ["b64"],
    "additionalProperties": False,
}
_ERROR: _Schema = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
    "additionalProperties": False,
}
_ERRORS = {
    "400": "The request is not as it should be",
    "401": "The token is missing or wrong",
    "403": "Asked under a name that is not this machine's",
    "404": "There is no such model or version",
    "408": "The body came too slowly",
    "413": "The body is too large",
    "500": "The graph failed",
    "503": "Ask again: the queue is full, or a worker died",
    "504": "The model took too long",
}


def describe_service(service: Service, *, with_token: bool) -> _Schema:
    """An OpenAPI 3.1 document.

    Args:
        service: What answers.
        with_token: Whether clients must send one.
    """
    paths: dict[str, _Schema] = {
        "/healthz": {"get": _operation("Whether the server lives", {"type": "object"})},
        "/readyz": {"get": _operation("Whether all models answer", {"type": "object"})},
    }
    for name in service.registry.models:
        for address, version in _addresses(service, name):
            paths[address] = {"get": _operation("Its versions", {"type": "object"})}
            paths[f"{address}/metadata"] = {"get": _operation("Signatures", {"type": "object"})}
            paths[f"{address}:predict"] = {"post": _predict(service, version)}
    document: _Schema = {
        "openapi": "3.1.0",
        "info": {"title": "Plumbline", "version": "1", "description": "TensorFlow Serving's REST"},
        "paths": paths,
        "components": {"schemas": {"Error": _ERROR}},
    }
    if with_token:
        scheme = {"type": "http", "scheme": "bearer"}
        document["components"]["securitySchemes"] = {"token": scheme}
        document["security"] = [{"token": []}]
    return document


def _addresses(service: Service, name: str) -> list[tuple[str, Version]]:
    """Each address of a model, and the version that answers there."""
    available = {version.number: version for version in service.registry.available(name)}
    if not available:
        return []
    base = f"/v1/models/{name}"
    numbered = [(f"{base}/versions/{number}", one) for number, one in available.items()]
    labels = service.registry.labels(name).items()
    labelled = [(f"{base}/labels/{label}", available[number]) for label, number in labels]
    return [(base, available[max(available)]), *numbered, *labelled]


def _operation(summary: str, schema: _Schema) -> _Schema:
    answers: _Schema = {"200": _content("The answer", schema)}
    error = {"$ref": "#/components/schemas/Error"}
    answers |= {code: _content(meaning, error) for code, meaning in _ERRORS.items()}
    return {"summary": summary, "responses": answers}


def _content(description: str, schema: _Schema) -> _Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _predict(service: Service, version: Version) -> _Schema:
    most = service.limits.instances
    endpoints = list(version.endpoints.values())
    forms = [form for endpoint in endpoints for form in _forms(endpoint, most)]
    operation = _operation("Ask the model", {"type": "object"})
    content = {"application/json": {"schema": {"anyOf": forms}}}
    operation["requestBody"] = {"required": True, "content": content}
    return operation


def _forms(endpoint: Endpoint, most: int) -> list[_Schema]:
    """The bodies that an endpoint takes: in rows, and in columns."""
    row = _named({name: _tensor(spec, skip=1) for name, spec in endpoint.inputs.items()})
    rows = {"type": "array", "items": row, "minItems": 1, "maxItems": most}
    forms = [{"instances": rows}]
    if (
        all(spec.shape is not None for spec in endpoint.inputs.values())
        and len(endpoint.inputs) == 1
    ):
        ((name, spec),) = endpoint.inputs.items()
        column = _tensor(spec, most=most)
        named = {"type": "object", "properties": {name: column}, "required": [name]}
        forms.append({"inputs": {"anyOf": [column, named]}})
    return [_body(endpoint, form) for form in forms]


def _body(endpoint: Endpoint, form: _Schema) -> _Schema:
    """Keys that nobody knows are ignored, but rows and columns at once are refused."""
    (other,) = {"instances", "inputs"} - form.keys()
    is_default = endpoint.name == DEFAULT_SIGNATURE
    names = [endpoint.name, ""] if is_default else [endpoint.name]
    return {
        "type": "object",
        "properties": {"signature_name": {"enum": names}, **form},
        "required": [*form] if is_default else [*form, "signature_name"],
        "not": {"required": [other]},
    }


def _named(tensors: dict[str, _Schema]) -> _Schema:
    """One tensor is sent as it is, several by name."""
    if len(tensors) == 1:
        return next(iter(tensors.values()))
    return {
        "type": "object",
        "properties": tensors,
        "required": list(tensors),
        "additionalProperties": False,
    }


def _tensor(spec: TensorSpec, *, skip: int = 0, most: int | None = None) -> _Schema:
    schema = _value(spec)
    sizes: Sequence[int | None] = (spec.shape or ())[skip:]
    for size in reversed(sizes):
        schema = {"type": "array", "items": schema}
        if size is not None:
            schema |= {"minItems": size, "maxItems": size}
    if most is not None:
        schema["maxItems"] = most
    return schema


def _value(spec: TensorSpec) -> _Schema:
    if spec.number == STRING:
        return {"anyOf": [{"type": "string"}, _BYTES]}
    if spec.dtype is None or spec.dtype.kind == "b":
        return {"type": "boolean"}
    if spec.dtype.kind == "f":
        return {"type": "number"}
    limits = np.iinfo(spec.dtype)
    return {"type": "integer", "minimum": int(limits.min), "maximum": int(limits.max)}
