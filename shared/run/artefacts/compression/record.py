"""`compression.json`: a smaller form of a trained model, and what it costs whom."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from pydantic import Field

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.metrics.metric_entries import PairedTests
from shared.run.artefacts.report.verdict import Verdict
from shared.run.files import COMPRESSION
from shared.statistics.intervals import Estimate

__all__ = [
    "SCOPES_SAID",
    "ComparedGroup",
    "ComparedMetric",
    "ComparisonRecord",
    "CompressionRecord",
    "CompressionTimes",
    "ConvertedRecord",
    "GateRecord",
    "Latency",
    "Method",
    "PrunedShare",
    "PruningRecord",
    "SizeRecord",
    "WiderScope",
]

Method = Literal["float16", "int8", "prune", "distil"]

SCOPES_SAID: Mapping[str, str] = MappingProxyType(
    {
        "wire": "what a client sends",
        "rows": "decoded rows",
        "tensors": "the tensors that the network reads",
    }
)
"""Where a converted graph begins -> in words."""


class SizeRecord(Block):
    """How large one form of the model is, in bytes.

    Attributes:
        name: Which form.
        file_bytes: Of the file, or of all files of its folder.
        weights_bytes: Of the weights as they are stored.
        zipped_weights_bytes: Of the same, compressed (zlib, level 9).
        beside: Name of the full model's form that it is to be compared with: a SavedModel holds a
            graph, a Keras file none. None for forms of the full model.
    """

    name: str
    file_bytes: int = Field(ge=0)
    weights_bytes: int = Field(ge=0)
    zipped_weights_bytes: int = Field(ge=0)
    beside: str | None = None


class GateRecord(Block):
    """How far answers on validation rows are from those that they must equal.

    Attributes:
        n: Validation rows.
        against: What they are compared with.
        mean_difference: Mean over rows of the largest difference of a probability, or of a forecast
            in standard deviations of its series.
        largest_difference: Of any row.
        tolerance: The mean may be this much.
    """

    n: int
    against: str
    mean_difference: float
    largest_difference: float
    tolerance: float


class WiderScope(Block):
    """A larger part of the way from input to scores that was not converted, and why."""

    scope: str
    reason: str


class ConvertedRecord(Block):
    """A LiteRT file.

    Attributes:
        storage: How weights are stored.
        scope: Where the graph begins: at decoded rows, or at the tensors that the network reads.
        passed_over: Larger parts that can't be converted.
        gate: What its numbers were compared with.
    """

    storage: Literal["float32", "float16", "int8"]
    scope: Literal["wire", "rows", "tensors"]
    passed_over: tuple[WiderScope, ...]
    gate: GateRecord


class PrunedShare(Block):
    """One amount that was tried.

    Attributes:
        share: Of the weights that were set to 0.
        loss: Mean loss of the validation rows after fine-tuning.
        difference: That minus the full model's; the interval is one standard error to both sides,
            by entity.
        kept: Whether it is within one standard error of the full model.
    """

    share: float
    loss: float
    difference: Estimate
    kept: bool


class PruningRecord(Block):
    """What validation chose.

    Attributes:
        share: Of the weights that are 0; the largest that was kept.
        num_weights: That could be pruned: matrices and filters, not biases or scales.
        epochs: Of fine-tuning after each cut.
        tried: All amounts, on validation.
    """

    share: float
    num_weights: int
    epochs: int
    tried: tuple[PrunedShare, ...]


class ComparedMetric(Block):
    """A metric of both models on the same test rows.

    Attributes:
        name: Of the metric.
        unit: Of all three numbers.
        better: Which direction is good.
        small: Of the smaller model.
        other: Of what it is compared with.
        difference: Small minus other, paired, resampled by entity.
    """

    name: str
    unit: str
    better: Literal["higher", "lower"]
    small: Estimate
    other: Estimate
    difference: Estimate


class ComparedGroup(Block):
    """How much more wrong the smaller model is in one group.

    Attributes:
        attribute: Of the group.
        group: Its value.
        n: Test rows.
        loss: Error of the smaller model minus that of the other, paired, at `group_confidence`.
    """

    attribute: str
    group: str
    n: int
    loss: Estimate


class ComparisonRecord(Block):
    """The smaller model and another one, row by row on the test split.

    Attributes:
        against: What the other one is.
        n: Test rows.
        num_entities: Entities among them.
        confidence: Level of the intervals of metrics.
        primary_metric: By which the verdict goes.
        metrics: All.
        paired_tests: Adjusted together (Holm).
        group_error: What `ComparedGroup.loss` is of, and its unit.
        group_confidence: Level of the intervals of groups: all of them hold together with
            `confidence` (Bonferroni).
        groups: All that are large enough.
        verdict: By a written rule.
    """

    against: str
    n: int
    num_entities: int
    confidence: float
    primary_metric: str
    metrics: tuple[ComparedMetric, ...]
    paired_tests: PairedTests
    group_error: tuple[str, str]
    group_confidence: float
    groups: tuple[ComparedGroup, ...]
    verdict: Verdict

    def metric(self, name: str) -> ComparedMetric:
        """The metric of that name, which exists."""
        return next(metric for metric in self.metrics if metric.name == name)


class CompressionRecord(Artefact):
    """A smaller form of a trained model. Measured times are in `compression_timing.json`.

    Attributes:
        run: The full model's run.
        title: Of its pipeline.
        synthetic: Whether the data is generated.
        method: How it was made smaller.
        weights_sha256: Of the full model: decode, preprocess and network.
        sizes: The full model first.
        converted: The LiteRT file; None if there is none.
        pruning: What was cut; None for another method.
        saved_model: Gate of the SavedModel with weights in half precision; None without one.
        comparisons: With the full model; of a student also with the same student alone.
        notes: What a reader must know besides.
    """

    file: ClassVar[str] = COMPRESSION

    schema_version: Literal[2] = 2
    run: str
    title: str
    synthetic: bool
    method: Method
    weights_sha256: str
    sizes: tuple[SizeRecord, ...]
    converted: ConvertedRecord | None = None
    pruning: PruningRecord | None = None
    saved_model: GateRecord | None = None
    comparisons: tuple[ComparisonRecord, ...]
    notes: tuple[str, ...] = ()


class Latency(Block):
    """How long one row takes, in milliseconds."""

    name: str
    p50_ms: float
    p95_ms: float


class CompressionTimes(Block):
    """`compression_timing.json`: both models on this machine, in turn, one row at a time.

    Attributes:
        n: Rows, each timed once, after a few that are not counted.
        scope: The part of the way from input to scores that was timed.
        processors: That this process may use.
        models: The full model first.
    """

    n: int
    scope: str
    processors: int
    models: tuple[Latency, ...]
