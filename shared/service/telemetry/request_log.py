"""The log of requests: one line of JSON each, with hashes where inputs would stand.

The hash of an input that is one string is `sha256sum` of the file or text, so that whoever has the
input finds its lines; nobody else can read it from them. Short texts could be guessed.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.errors import UserError
from shared.service.wire.tensors import Arrays

__all__ = ["RequestLine", "RequestLog", "hash_rows"]

_LONGEST_NAME = 200


@dataclass(frozen=True)
class RequestLine:
    """One request.

    Attributes:
        door: `rest` or `grpc`.
        model: As the client said it.
        version: That answered; None if none did.
        signature: Name of the endpoint.
        code: Of gRPC.
        milliseconds: From arrival to answer.
        inputs: None if they could not be read.
        outputs: None without an answer.
    """

    door: str
    model: str
    version: int | None
    signature: str
    code: str
    milliseconds: float
    inputs: Arrays | None
    outputs: Arrays | None


class RequestLog:
    """A file that lines are added to.

    Args:
        path: The file; only its owner may read it.

    Raises:
        UserError: It can't be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise UserError(
                f"The request log {path} can't be written: {error.strerror}. Choose another place."
            ) from error
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")

    def write(self, line: RequestLine) -> None:
        """Add a line."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        said: dict[str, Any] = {"at": now, "door": line.door, "model": line.model[:_LONGEST_NAME]}
        said |= {"version": line.version, "signature": line.signature[:_LONGEST_NAME]}
        said |= {"code": line.code, "milliseconds": round(line.milliseconds, 3)}
        said["rows"] = _rows(line)
        self._file.write(json.dumps(said) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Nothing is written any more."""
        self._file.close()


def hash_rows(inputs: Arrays) -> list[str]:
    """SHA-256 (hex) of each row."""
    columns = [inputs[name] for name in sorted(inputs)]
    if len(columns) == 1 and columns[0].dtype.kind == "O" and columns[0].ndim == 1:
        return [hashlib.sha256(value).hexdigest() for value in columns[0].tolist()]
    return [_hash_row([column[row] for column in columns]) for row in range(len(columns[0]))]


def _hash_row(values: list[Any]) -> str:
    digest = hashlib.sha256()
    for value in values:
        content = value if isinstance(value, bytes) else value.tobytes()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def _rows(line: RequestLine) -> list[dict[str, Any]]:
    if line.inputs is None:
        return []
    rows: list[dict[str, Any]] = [{"sha256": one} for one in hash_rows(line.inputs)]
    for name in ("error", "class_name", "abstain", "is_ood"):
        column = (line.outputs or {}).get(name)
        if column is not None and column.shape == (len(rows),):
            for row, value in zip(rows, column.tolist(), strict=True):
                row[name] = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return rows
