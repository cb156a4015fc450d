"""Artefacts with something else in them, for tests."""

from __future__ import annotations

from typing import Any, TypeVar

from shared.block import Block

__all__ = ["changed"]

_Model = TypeVar("_Model", bound=Block)


def changed(model: _Model, **fields: Any) -> _Model:
    """The model with other values in some fields, checked like one that is read from a file.

    A value may be a model or what JSON has for it.
    """
    return type(model).model_validate(model.model_dump(by_alias=True) | fields)
