"""Addresses of TensorFlow Serving's REST interface (model_servers/http_rest_api_util.cc)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from shared.service.rest.json_values import invalid
from shared.service.service import Asked

__all__ = ["Address", "parse_path"]

_PREDICT = re.compile(
    r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?:(classify|regress|predict)", re.I
)
_STATUS = re.compile(
    r"/v1/models(?:/([^/:]+))?(?:/versions/(\d+)|/labels/([^/:]+))?(/metadata)?", re.I
)
_HIGHEST = 2**63 - 1
_MOST_REMEMBERED = 256
"""Addresses: clients ask the same again and again. Refusals are not kept."""


@dataclass(frozen=True)
class Address:
    """What an address asks for.

    Attributes:
        asked: Of which model.
        action: `classify`, `regress`, `predict`, `metadata` or `status`.
    """

    asked: Asked
    action: str


@lru_cache(_MOST_REMEMBERED)
def parse_path(method: str, path: str) -> Address:
    """The request that a path makes.

    Args:
        method: Of HTTP.
        path: As sent: still percent-encoded, without the query.

    Raises:
        RequestError: It is none.
    """
    malformed = invalid(f"Malformed request: {method} {path}")
    found = (_PREDICT if method == "POST" else _STATUS).fullmatch(path)
    if found is None or method not in ("POST", "GET"):
        raise malformed
    name, number, label, action = found.groups()
    if name is None:
        raise invalid("Missing model name in request.")
    if number is not None and int(number[:20]) > _HIGHEST:
        raise invalid(f"Failed to convert version: {number} to numeric.")
    asked = Asked(
        unquote(name),
        None if number is None else int(number),
        None if label is None else unquote(label),
    )
    if method == "POST" and action not in ("classify", "regress", "predict"):
        raise malformed  # in capitals it has the form of a request, and nobody to answer it
    if method == "POST":
        return Address(asked, action)
    return Address(asked, "metadata" if action else "status")
