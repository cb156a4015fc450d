"""The body of a request, as TensorFlow Serving reads it: rows (`instances`) or columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.service.models.endpoint import DEFAULT_SIGNATURE, Endpoint
from shared.service.rest.json_values import as_array, echo, invalid, is_base64
from shared.service.status import RequestError

__all__ = ["ParsedBody", "examples_of", "parse_body"]

_ROWS = "instances"
_COLUMNS = "inputs"
_SIGNATURE = "signature_name"
_EXAMPLES = "examples"


@dataclass(frozen=True)
class ParsedBody:
    """An object whose signature is known; tensors follow once that is found.

    Attributes:
        document: As JSON was read.
    """

    document: Mapping[str, Any]

    @property
    def signature(self) -> str:
        """Which endpoint is asked.

        Raises:
            RequestError: Its name is no string.
        """
        name = self.document.get(_SIGNATURE, DEFAULT_SIGNATURE)
        if not isinstance(name, str):
            raise invalid(
                f"JSON Value: {echo(self.document)} not formatted correctly. 'signature_name' key"
                " must be a string value."
            )
        return name or DEFAULT_SIGNATURE

    @property
    def is_rows(self) -> bool:
        """Whether the answer is to be in rows."""
        return _ROWS in self.document

    def arrays(self, endpoint: Endpoint) -> dict[str, NDArray[Any]]:
        """The tensors of an endpoint.

        Raises:
            RequestError: They are not what it takes.
        """
        if self.is_rows and _COLUMNS in self.document:
            raise invalid(
                f"JSON Value: {echo(self.document)} Not formatted correctly expecting only one of"
                " 'inputs' or 'instances' keys to exist "
            )
        if self.is_rows:
            return _read_rows(self.document, endpoint)
        if _COLUMNS in self.document:
            return _read_columns(self.document[_COLUMNS], endpoint)
        raise invalid("Missing 'inputs' or 'instances' key")


def parse_body(body: bytes) -> ParsedBody:
    """Read JSON, with NaN and Infinity as TensorFlow Serving does.

    Raises:
        RequestError: It is no JSON, or no object.
    """
    if not body.strip():
        raise invalid("JSON Parse error: The document is empty")
    try:
        document = json.loads(body.decode())
        # A lone surrogate is no text.
        if b"\\u" in body:
            json.dumps(document, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise invalid(f"JSON Parse error: {error.msg} at offset: {error.pos}") from error
    except UnicodeError as error:
        offset = getattr(error, "start", 0)
        text = f"JSON Parse error: Invalid encoding in string. at offset: {offset}"
        raise invalid(text) from error
    except (RecursionError, ValueError) as error:
        text = f"JSON Parse error: {type(error).__name__} at offset: 0"
        raise invalid(text) from error
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {echo(document)} Is not object")
    return ParsedBody(document)


def examples_of(body: ParsedBody) -> None:
    """Check what `:classify` and `:regress` are sent.

    Raises:
        RequestError: There are no examples.
    """
    document = body.document
    if _EXAMPLES not in document:
        raise invalid(
            f"JSON Value: {echo(document)} When method is classify, key 'examples' is expected and"
            " was not found"
        )
    examples = document[_EXAMPLES]
    if not isinstance(examples, list):
        raise invalid(
            f"JSON Value: {echo(document)} Expecting 'examples' value to be an list/array"
        )
    if not examples:
        raise invalid(f"JSON Value: {echo(document)} 'examples' value is an empty array")


def _read_rows(document: Mapping[str, Any], endpoint: Endpoint) -> dict[str, NDArray[Any]]:
    rows = document[_ROWS]
    if not isinstance(rows, list):
        raise invalid(f"JSON Value: {echo(document)} Expecting 'instances' to be an list/array")
    if not rows:
        raise invalid(f"JSON Value: {echo(document)} No values in 'instances' array")
    if not isinstance(rows[0], dict) and len(endpoint.inputs) > 1:
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors"
            " required as per tensorinfo_map"
        )
    columns = _columns_of(rows, endpoint)
    return {name: _stack(columns[name], name, endpoint) for name in endpoint.inputs}


def _columns_of(rows: Sequence[Any], endpoint: Endpoint) -> dict[str, list[Any]]:
    if not _is_named(rows[0]):
        for index, row in enumerate(rows):
            if _is_named(row):
                raise invalid(f"Expecting value/list but got object at item {index} of input list")
        return {next(iter(endpoint.inputs)): list(rows)}
    for index, row in enumerate(rows):
        if not _is_named(row):
            raise invalid(f"Expecting object but got list at item {index} of input list")
        _check_keys(row, index, endpoint)
    return {name: [row[name] for row in rows] for name in endpoint.inputs}


def _check_keys(row: Mapping[str, Any], index: int, endpoint: Endpoint) -> None:
    for name in row:
        if name not in endpoint.inputs:
            raise invalid(
                f"Failed to process element: {index} key: {name} of 'instances' list. Error:"
                f" INVALID_ARGUMENT: JSON object: does not have named input: {name}"
            )
    if row.keys() != endpoint.inputs.keys():
        raise invalid(
            f"Failed to process element: {index} of 'instances' list. JSON object: {echo(row)}"
            f" keys must be equal to: {','.join(endpoint.inputs)}"
        )


def _stack(values: list[Any], name: str, endpoint: Endpoint) -> NDArray[Any]:
    """All rows at once; if that fails, one by one, for the first that is at fault."""
    spec = endpoint.inputs[name]
    try:
        return as_array(values, spec)
    except RequestError as failed:
        first: tuple[int, ...] | None = None
        for index, value in enumerate(values):
            where = f"Failed to process element: {index} of 'instances' list. Error:"
            try:
                array = as_array(value, spec)
            except RequestError as error:
                raise RequestError(error.code, f"{where} {error.code.name}: {error}") from error
            first = array.shape if first is None else first
            if array.shape != first:
                raise invalid(f"{where} {_unlike(first, array)}") from failed
        raise


def _unlike(first: tuple[int, ...], array: NDArray[Any]) -> str:
    if array.size != np.prod(first, dtype=np.int64):
        num_first = int(np.prod(first, dtype=np.int64))
        return f"INVALID_ARGUMENT: Expecting tensor size: {num_first} but got: {array.size}"
    shapes = [f"[{','.join(map(str, shape))}]" for shape in (first, array.shape)]
    return f"INVALID_ARGUMENT: Expecting shape {shapes[0]} but got: {shapes[1]}"


def _read_columns(value: Any, endpoint: Endpoint) -> dict[str, NDArray[Any]]:
    if not _is_named(value):
        if len(endpoint.inputs) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as multiple input tensors"
                " required as per tensorinfo_map"
            )
        ((name, spec),) = endpoint.inputs.items()
        return {name: as_array(value, spec)}
    for name in endpoint.inputs:
        if name not in value:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
    return {name: as_array(value[name], spec) for name, spec in endpoint.inputs.items()}


def _is_named(value: Any) -> bool:
    """Whether a value has tensors by name, rather than being one."""
    return isinstance(value, dict) and not is_base64(value)
