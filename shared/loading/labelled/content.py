"""What a pipeline says about the content of a labelled row, whatever it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Content", "Fault"]


@dataclass(frozen=True)
class Fault:
    """Why the content of a row can't be used.

    Attributes:
        reason: Half a sentence.
        column: Of the file.
    """

    reason: str
    column: str


@dataclass(frozen=True)
class Content:
    """The columns that a pipeline predicts from.

    Attributes:
        columns: Name in `LabelledRows.table` -> column of the file.
        setting: Which setting names the columns, such as `data.text_column`.
        find_fault: Values of one row, in the order of `columns` -> why they can't be used, or None.
        key_of: The same values -> a name that rows of the same content share.
        repeats_by_chance: As in `Splits`.
    """

    columns: Mapping[str, str]
    setting: str
    find_fault: Callable[[Sequence[str]], Fault | None]
    key_of: Callable[[Sequence[str]], str]
    repeats_by_chance: bool = False

    @property
    def only_column(self) -> str | None:
        """The column of the file, if there is one alone."""
        names = tuple(self.columns.values())
        return names[0] if len(names) == 1 else None
