"""`monitor.json`: a new batch beside the test split of a run."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.statistics.intervals import Estimate

__all__ = [
    "MONITOR",
    "BatchRecord",
    "ClassifierTest",
    "DriftTest",
    "ExpectedOutcome",
    "Family",
    "GroupOutcome",
    "MonitorRecord",
    "OutcomeRecord",
    "SequenceRecord",
    "SequenceTest",
]

MONITOR = "monitor.json"

Family = Literal["inputs", "scores", "decisions", "groups", "outcomes"]
"""What a tested column says something about."""


class BatchRecord(Block):
    """The rows of one side.

    Attributes:
        source: Where they are from.
        n: Rows that were scored.
        num_errors: Rows that could not be.
        num_entities: Entities among the scored ones.
        num_tested: Rows that the tests look at: one of each entity.
        entities_known: Whether an entity is known for each row; else each row counts as one.
    """

    source: str
    n: int
    num_errors: int
    num_entities: int
    num_tested: int
    entities_known: bool


class DriftTest(Block):
    """One column, new against test.

    Attributes:
        family: What it says something about.
        column: Its name.
        test: Name of the test.
        n: New rows with a value.
        reference_n: Test rows with a value.
        effect: Kolmogorov-Smirnov distance, or Cramér's V; in [0, 1].
        reference: Of numbers the mean, of categories the share of `category`, in the test split.
        new: The same in the new rows.
        category: The category whose share moved most; empty for numbers.
        p_value: Of the test; None if there are too few rows, then `p_adjusted` too.
        p_adjusted: Within all of these tests.
        drifted: Whether it is at most the record's level.
    """

    family: Family
    column: str
    test: Literal["Kolmogorov-Smirnov", "chi-square"]
    n: int
    reference_n: int
    effect: float | None
    reference: float | None
    new: float | None
    category: str = ""
    p_value: float | None
    p_adjusted: float | None
    drifted: bool


class ClassifierTest(Block):
    """A classifier that tries to tell new rows from test rows.

    Attributes:
        seen: What it sees.
        num_columns: Numbers that it sees of each row.
        auc: Of held-out rows, mean of the folds; 0.5 where both are alike.
        p_value: By permutation, twice the smaller of the folds'.
        drifted: Whether it is at most the record's level.
    """

    seen: Literal["features of the network", "inputs and scores"]
    num_columns: int
    auc: float
    p_value: float
    drifted: bool


class SequenceTest(Block):
    """What all batches together say of one column.

    Attributes:
        family: What it says something about.
        column: Its name.
        log10_wealth: Decimal logarithm of the test martingale.
        log10_threshold: Where it alarms.
        drifted: Whether it has reached the threshold, now or before.
    """

    family: Family
    column: str
    log10_wealth: float
    log10_threshold: float
    drifted: bool


class SequenceRecord(Block):
    """All batches since the beginning of the state.

    Attributes:
        level: Largest chance that there is ever a false alarm, however many batches are looked at.
        num_batches: Counted so far, this one too.
        counted_before: Whether this batch had been counted already, and was not counted again.
        tests: Each column, the one nearest to its threshold first.
        log10_nearness: For each batch the column nearest to its threshold: wealth over
            threshold, as a decimal logarithm; alarm at 0.
    """

    level: float
    num_batches: int
    counted_before: bool
    tests: tuple[SequenceTest, ...]
    log10_nearness: tuple[float, ...]


class OutcomeRecord(Block):
    """One number of the new rows that needs their truth, beside that of the test split.

    Attributes:
        name: Of the number.
        unit: "share", or that of the target.
        better: The direction that is better; "none" for a gap that should be 0.
        n: New rows that have it.
        reference_n: Test rows that have it.
        new: With its interval.
        reference: With its interval.
        difference: New minus test, with its interval (Zou & Donner 2008).
        verdict: "better" or "worse" where the interval of the difference leaves out 0.
    """

    name: str
    unit: str
    better: Literal["higher", "lower", "none"]
    n: int
    reference_n: int
    new: Estimate
    reference: Estimate
    difference: Estimate
    verdict: Literal["better", "worse", "changed", "inconclusive", "not known"]


class GroupOutcome(Block):
    """A group's outcome against all other rows: the gap, new and in the test split.

    Attributes:
        attribute: Of the group.
        group: Its value.
        name: Of the number.
        n: New rows of the group.
        unit: Of the number.
        new: Mean in the group.
        gap: Group minus the rest, among the new rows.
        reference_gap: The same in the test split.
    """

    attribute: str
    group: str
    name: str
    n: int
    unit: str
    new: Estimate
    gap: Estimate
    reference_gap: Estimate


class ExpectedOutcome(Block):
    """A number as the model itself expects it, without any truth.

    Attributes:
        name: Of the number: "accuracy", or the mean absolute error of a channel.
        unit: "share", or that of the target.
        how: It is estimated.
        new: Of the new rows.
        reference: Of the test split, in the same way.
        measured: Of the test split, with its truth.
        assumes: What must hold for it.
    """

    name: str
    unit: str
    how: str
    new: Estimate
    reference: Estimate
    measured: Estimate
    assumes: str


class MonitorRecord(Artefact):
    """What `monitor` found in one batch.

    Attributes:
        run: Path of the run.
        title: Of the pipeline, for people.
        synthetic: Whether the run's data is generated.
        made_at: Moment of the look, ISO 8601 in UTC.
        weights_sha256: Of the model that scored.
        alarm: Whether there is one: of the sequence if there is one, else of this look.
        reasons: Why, in words; empty without an alarm.
        level: Largest chance of a false alarm of this look.
        confidence: Level of all intervals.
        batch: The new rows.
        reference: The test split.
        adjustment: How p-values are adjusted.
        tests: Each column, the smallest p-value first.
        classifier: None if there are too few rows.
        sequence: None without a state.
        outcomes: Empty without labels.
        groups: Likewise.
        expected: Empty for forecasts without quantiles.
        notes: What could not be looked at, and why.
    """

    file: ClassVar[str] = MONITOR

    schema_version: Literal[2] = 2
    run: str
    title: str
    synthetic: bool
    made_at: str
    weights_sha256: str
    alarm: bool
    reasons: tuple[str, ...]
    level: float = Field(gt=0.0, lt=1.0)
    confidence: float = Field(gt=0.0, lt=1.0)
    batch: BatchRecord
    reference: BatchRecord
    adjustment: Literal["Holm"] = "Holm"
    tests: tuple[DriftTest, ...]
    classifier: ClassifierTest | None
    sequence: SequenceRecord | None
    outcomes: tuple[OutcomeRecord, ...]
    groups: tuple[GroupOutcome, ...]
    expected: tuple[ExpectedOutcome, ...]
    notes: tuple[str, ...]
