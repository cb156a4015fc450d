"""Typed artefacts as the plain values that JSON holds, which tests can compare without narrowing."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

__all__ = ["as_json"]

_ANY: TypeAdapter[Any] = TypeAdapter(Any)


def as_json(found: Any) -> Any:
    """Models, and collections of them, as dictionaries and lists."""
    return _ANY.dump_python(found, mode="json")
