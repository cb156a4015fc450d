"""What every section of settings is, and the types of settings that need a check of their own."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from shared.names import is_printable, printable

__all__ = ["Encoding", "Section", "Separator", "Share"]


class Section(BaseModel):
    """A group of settings: immutable, strictly typed, unknown keys rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    only_cost: ClassVar[frozenset[str]] = frozenset()
    """Settings that change what a run costs but never what comes of it."""

    @field_validator("*")
    @classmethod
    def _can_be_shown(cls, value: Any) -> Any:
        # Names that are set (of classes, groups, the dataset) go to terminals, pages and charts.
        for text in _texts_in(value):
            if not is_printable(text):
                raise ValueError(
                    f"'{printable(text)}' holds a control character, or one that turns the"
                    " direction of writing; remove it"
                )
        return value

    def decisive(self) -> str:
        """The settings that decide results, as stable JSON."""
        return self.model_dump_json(exclude=set(self.only_cost))


def _texts_in(value: Any) -> Iterator[str]:
    """All texts of a setting, keys of mappings included; sections look after themselves."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in (*value.keys(), *value.values()):
            yield from _texts_in(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts_in(item)


_NOT_OF_FILES = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"}
)  # of names, sources and mails


def _check_encoding(value: str) -> str:
    try:
        "a".encode(value)
        is_of_files = codecs.lookup(value).name not in _NOT_OF_FILES
    except (LookupError, ValueError):
        is_of_files = False
    if not is_of_files:
        raise ValueError(
            "must be an encoding of files that Python knows, such as utf-8, cp1252 or shift_jis"
        )
    return value


def _check_separator(value: str) -> str:
    if value.isalnum() or value in '"\r\n\0' or value > "\x7f":
        raise ValueError("must be a character that stands between fields, such as ';' or a tab")
    return value


Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A part of a whole, from 0 to 1."""

Encoding = Annotated[str, AfterValidator(_check_encoding)]
"""Name of an encoding in which text files are written."""

Separator = Annotated[str, Field(min_length=1, max_length=1), AfterValidator(_check_separator)]
"""What stands between the fields of a table."""
