"""What a pipeline says about a source: its origin and terms, its faults, its raw inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ContentKind",
    "InputStream",
    "Inputs",
    "Problem",
    "Provenance",
    "Recognition",
    "Rows",
]

ContentKind = Literal["image", "sound", "text", "numbers"]
"""What one wire row holds, as its pipeline declares it. The first three kinds are compared for
likeness; "numbers" is everything else, also several texts a row."""

Rows = Mapping[str, NDArray[Any]]
"""Named arrays with one common leading axis: a batch, in wire or in decoded form."""


@dataclass(frozen=True)
class Problem:
    """One input that could not be used, and why."""

    file: str
    reason: str
    row: int | None = None
    field: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Where data comes from and under which terms.

    Attributes:
        name: Dataset name as people know it.
        source: `demo`, or the path or address it was read from.
        version: Version or date, "unknown" if the source has none.
        licence: SPDX identifier or a short phrase; "unknown" if not stated.
        citation: Whom to cite; empty if nobody.
        checksum: SHA-256 over the source's content (for synthetic data: over generator version,
            parameters and seed).
        synthetic: True for generated data; every page that shows it says so.
        conditions: Group attributes that describe the circumstances of an example, such as noise,
            length, season or capture device: a gap between their groups is a question of
            reliability. All others describe people: there it is one of fairness.
        notes: Sentences for the report, for example that an attribute is an estimate.
        warnings: Sentences that nobody may miss, such as that a third of all sound is not looked
            at: said in the terminal and at the top of the report.
    """

    name: str
    source: str
    version: str
    licence: str
    citation: str
    checksum: str
    synthetic: bool
    conditions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def with_notes(self, *notes: str) -> Provenance:
        """The same with more sentences for the report."""
        return replace(self, notes=(*self.notes, *notes))


@dataclass(frozen=True)
class Inputs:
    """Raw inputs to score, without labels.

    Attributes:
        ids: (n,) str, one per input found, readable or not.
        rows: As in `Examples`, defined for the readable inputs only.
        problems: Input id -> one sentence why it can't be read.
        warnings: What else must be said, such as that inputs are seen in part only.
    """

    ids: NDArray[np.str_]
    rows: Callable[[NDArray[np.int64]], Rows]
    problems: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def between(self, start: int, stop: int) -> Inputs:
        """Those from `start` up to `stop`, in order."""
        ids = self.ids[start:stop]
        problems = {name: self.problems[name] for name in ids.tolist() if name in self.problems}
        return Inputs(ids, lambda rows: self.rows(rows + start), problems)


@dataclass(frozen=True)
class InputStream:
    """Raw inputs to score in pieces, so that a million need no more memory than a thousand.

    What would refuse the whole source is raised before there is a stream, as by `read_inputs`. Ids
    name inputs as there.

    Attributes:
        num_inputs: All inputs, readable or not.
        pieces: Number of inputs of a piece -> for each piece, in order and all of that size but the
            last, a function that reads it, with `problems` of its own. It may be called in any
            thread, or never.
        files: All files that are read.
        warnings: () -> what `Inputs` says of the whole source.
    """

    num_inputs: int
    pieces: Callable[[int], Iterator[Callable[[], Inputs]]]
    files: Sequence[Path]
    warnings: Callable[[], tuple[str, ...]] = tuple

    @classmethod
    def of(cls, inputs: Inputs, files: Sequence[Path]) -> InputStream:
        """The pieces of inputs that were read at once."""

        def pieces(size: int) -> Iterator[Callable[[], Inputs]]:
            for start in range(0, len(inputs.ids), size):
                yield partial(inputs.between, start, start + size)

        return cls(len(inputs.ids), pieces, files, lambda: inputs.warnings)


@dataclass(frozen=True)
class Recognition:
    """Why a pipeline takes a source for its own.

    Attributes:
        reason: Half a sentence, such as "it holds images".
        num_files: Files of the source that speak for it; 0 if this is only a guess. A source that
            several pipelines recognise goes to the one with the most.
    """

    reason: str
    num_files: int
