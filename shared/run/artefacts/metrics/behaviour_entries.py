"""Blocks of `metrics.json` about behaviour tests: inputs whose right answer is known."""

from __future__ import annotations

from typing import Literal

from shared.block import Block
from shared.contract.behaviours import BehaviourKind
from shared.statistics.intervals import Estimate

__all__ = [
    "BehaviourExample",
    "BehaviourTable",
    "BehaviourTest",
    "CapabilityEntry",
    "FailureRate",
    "FillerEntry",
    "PredictedRow",
]


class FailureRate(Estimate):
    """The share of rows that fail.

    Attributes:
        n: Rows.
        num_cases: Cases, the unit of resampling.
    """

    n: int
    num_cases: int


class CapabilityEntry(FailureRate):
    """All tests of one capability and kind together.

    Attributes:
        capability: As the suite names it.
        kind: Of the tests.
        num_tests: Their number.
    """

    capability: str
    kind: BehaviourKind
    num_tests: int


class PredictedRow(Block):
    """What the model says of a text.

    Attributes:
        text: The row.
        predicted: The decided class.
        confidence: Its probability.
    """

    text: str
    predicted: str
    confidence: float


class BehaviourExample(PredictedRow):
    """A row that fails.

    Attributes:
        accepted: Classes that would have been right; empty where none is known.
        original: What it is compared with; None if nothing.
        shift: Change of the watched probability; None where nothing is compared.
    """

    accepted: tuple[str, ...]
    original: PredictedRow | None
    shift: float | None


class BehaviourTest(FailureRate):
    """One test.

    Attributes:
        test: Its name.
        capability: As the suite names it.
        kind: Of the test.
        describe: One sentence.
        shift: Mean change of the watched probability; None where nothing is compared.
        examples: The worst, at most three.
    """

    test: str
    capability: str
    kind: BehaviourKind
    describe: str
    shift: Estimate | None
    examples: tuple[BehaviourExample, ...]


class FillerEntry(Block):
    """One group that texts mention, in one test.

    Attributes:
        test: Its name.
        attribute: What distinguishes the groups.
        group: The group.
        n: Rows.
        num_cases: Frames.
        flip_rate: Share of rows predicted otherwise than the mean of their frame.
        shift: Distance of the watched probability from that mean, signed.
        p_value: Of no shift; None with too few frames.
        p_adjusted: Over all groups of all tests (Holm).
        verdict: By `p_adjusted`.
        control: Whether the test's fillers name nobody.
        control_reach: Largest shift of such a filler; None without one.
        margin: Shifts below it do not matter.
        within_margin: Whether the whole interval of the shift is.
    """

    test: str
    attribute: str
    group: str
    n: int
    num_cases: int
    flip_rate: Estimate
    shift: Estimate
    p_value: float | None
    p_adjusted: float | None
    verdict: Literal["raises", "lowers", "inconclusive", "not enough data"]
    control: bool
    control_reach: float | None
    margin: float
    within_margin: bool


class BehaviourTable(Block):
    """All behaviour tests.

    Attributes:
        notes: Of the suite, and of tests that could not be judged.
        capabilities: Each capability and kind.
        tests: Each test.
        fillers: Each group that is mentioned.
    """

    notes: tuple[str, ...]
    capabilities: tuple[CapabilityEntry, ...]
    tests: tuple[BehaviourTest, ...]
    fillers: tuple[FillerEntry, ...]
