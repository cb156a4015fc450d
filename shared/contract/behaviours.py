"""Behaviour tests: inputs whose right answer, or whose relation to each other, is known.

They follow CheckList (Ribeiro et al. 2020, "Beyond accuracy: behavioral testing of NLP models with
CheckList", ACL, section 2). A test split says how often a model is right on what happens to be in
it; these say which single ability a model lacks, and show an input on which it fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.errors import ContractError

__all__ = [
    "Behaviour",
    "BehaviourKind",
    "BehaviourSuite",
    "Direction",
    "Expectation",
    "Invariance",
    "MinimumFunctionality",
]

BehaviourKind = Literal["minimum functionality", "invariance", "direction"]


@dataclass(frozen=True)
class MinimumFunctionality:
    """Each row's class is known.

    Attributes:
        accepted: (n, classes) bool: the classes that are right for the row, at least one.
    """

    accepted: NDArray[np.bool_]


@dataclass(frozen=True)
class Invariance:
    """All rows of a case must get one prediction.

    The first row of a case is its original, the others are changed in a way that should not matter.
    With `fillers` no row is the original: all are one frame, filled with one filler each, and each
    is compared with the mean of its case.

    Attributes:
        watched: Index of the class whose probability is followed.
        fillers: Attribute, such as religion -> the group that each row's filler belongs to, (n,)
            str; empty if there are none.
        is_control: Whether the fillers name nobody: what they move is what any filler moves, the
            measure for those that do.
    """

    watched: int
    fillers: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    is_control: bool = False


@dataclass(frozen=True)
class Direction:
    """The probability of each row's class must not move the wrong way.

    It is compared with that of the first row of the case.

    Attributes:
        classes: (n,) int64: the class that is watched in each row.
        moves: Whether its probability should rise or fall.
        tolerance: Largest change of that probability in the wrong direction that still passes, in
            [0, 1).
    """

    classes: NDArray[np.int64]
    moves: Literal["rise", "fall"]
    tolerance: float


Expectation = MinimumFunctionality | Invariance | Direction


@dataclass(frozen=True)
class Behaviour:
    """One test: rows, and what is expected of the predictions for them.

    Attributes:
        capability: What a model that passes can do, in a word or two; several tests may share it.
        describe: One sentence for the report.
        rows: Decoded rows, n of them.
        texts: (n,) str: each row in words, for the report.
        cases: (n,) str: the case of each row, the unit of resampling: a sentence and its changed
            forms, a frame and its fillers.
        expectation: What must hold.

    Raises:
        ContractError: Lengths differ, or a row has nothing to be compared with.
    """

    capability: str
    describe: str
    rows: Mapping[str, NDArray[Any]]
    texts: NDArray[np.str_]
    cases: NDArray[np.str_]
    expectation: Expectation

    def __post_init__(self) -> None:
        sizes = {name: len(values) for name, values in self.rows.items()} | {
            "texts": len(self.texts),
            "cases": len(self.cases),
        }
        sizes |= _expected_sizes(self.expectation)
        if len(set(sizes.values())) != 1 or not len(self.texts):
            raise ContractError(
                f"A behaviour test of {self.capability!r} needs one length above 0 for all fields,"
                f" received {sizes}."
            )
        if isinstance(self.expectation, MinimumFunctionality):
            _require_an_accepted_class(self.capability, self.texts, self.expectation)
        else:
            _require_company(self.capability, self.cases)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def kind(self) -> BehaviourKind:
        """The kind of test, as CheckList calls it."""
        match self.expectation:
            case MinimumFunctionality():
                return "minimum functionality"
            case Invariance():
                return "invariance"
            case Direction():
                return "direction"
            case _:
                assert_never(self.expectation)


@dataclass(frozen=True)
class BehaviourSuite:
    """All behaviour tests of a pipeline.

    Attributes:
        tests: By name.
        notes: Sentences for the report: what they do not test, or why there are none.
    """

    tests: Mapping[str, Behaviour] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def _expected_sizes(expectation: Expectation) -> dict[str, int]:
    match expectation:
        case MinimumFunctionality():
            return {"accepted": len(expectation.accepted)}
        case Invariance():
            return {
                f"fillers of {name}": len(groups) for name, groups in expectation.fillers.items()
            }
        case Direction():
            return {"classes": len(expectation.classes)}
        case _:
            assert_never(expectation)


def _require_an_accepted_class(
    capability: str, texts: NDArray[np.str_], expectation: MinimumFunctionality
) -> None:
    lacking = np.flatnonzero(~expectation.accepted.any(axis=1))
    if len(lacking):
        raise ContractError(
            f"A behaviour test of {capability!r} accepts no class for {str(texts[lacking[0]])!r},"
            " so nobody could pass it."
        )


def _require_company(capability: str, cases: NDArray[np.str_]) -> None:
    names, counts = np.unique(cases, return_counts=True)
    if counts.min() < 2:
        raise ContractError(
            f"A behaviour test of {capability!r} has one row of the case"
            f" {str(names[counts.argmin()])!r}, so nothing to compare it with."
        )
