"""What one request gets of its batch's outputs, and what is made of them once for all requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from shared.service.wire.tensors import Arrays

__all__ = ["BatchOutputs", "Share"]

_Say = Callable[[Arrays], list[Any]]


@dataclass(frozen=True, eq=False)
class BatchOutputs:
    """The outputs of a batch.

    Attributes:
        arrays: By name, each with a row for every row of the batch.
        num_rows: Of the batch, at least one.
    """

    arrays: Arrays
    num_rows: int
    _said: dict[_Say, list[Any]] = field(default_factory=dict)

    def said(self, say: _Say) -> list[Any]:
        """What a function makes of all rows; it is called once.

        Args:
            say: Makes an item of each row, by that row alone.
        """
        if say not in self._said:
            self._said[say] = say(self.arrays)
        return self._said[say]


@dataclass(frozen=True, eq=False)
class Share(Mapping[str, NDArray[Any]]):
    """Rows of a batch, cut out of an output when that is asked for.

    Attributes:
        batch: All rows.
        start: The first one that is shared.
        end: The one behind the last.
    """

    batch: BatchOutputs
    start: int
    end: int

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.batch.arrays[name][self.start : self.end]

    def __iter__(self) -> Iterator[str]:
        return iter(self.batch.arrays)

    def __len__(self) -> int:
        return len(self.batch.arrays)

    def said(self, say: _Say) -> list[Any]:
        """These rows of what `BatchOutputs.said` gives."""
        return self.batch.said(say)[self.start : self.end]
