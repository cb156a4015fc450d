"""`parity.json`: the proof that the deployed graph answers as the trained model does."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import ConfigDict

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.files import PARITY

__all__ = [
    "AnswersParity",
    "AttributionParity",
    "DecisionParity",
    "NumberParity",
    "ParityRecord",
    "RefusalRecord",
]


class NumberParity(Block):
    """How far the numbers of one output differ.

    Attributes:
        max_abs_difference: The largest; infinite between shapes, NaN with a NaN. Neither reaches a
            file, because such a graph is not published: it stands in the message that says so.
        tolerance: What is allowed.
        passed: Whether the former is at most the latter.
    """

    model_config = ConfigDict(allow_inf_nan=True)

    max_abs_difference: float
    tolerance: float
    passed: bool


class DecisionParity(Block):
    """How often the decisions of one output differ.

    Attributes:
        num_clear: Rows that lie further from their threshold than rounding reaches.
        num_different: Of them, over all batch sizes.
        passed: Whether there is none.
    """

    num_clear: int
    num_different: int
    passed: bool


class AnswersParity(Block):
    """All outputs of a SavedModel beside what the Keras path says.

    Attributes:
        num_examples: Rows that were compared.
        batch_sizes: In which they were sent.
        relative_tolerance: As a share of an output's largest magnitude, of forecasts of the widest
            span of one row.
        deterministic: Whether two calls gave the same bits.
        finite: Whether all numbers are.
        outputs: `<endpoint>/<output>` -> how far it differs.
        passed: Whether all is well.
    """

    num_examples: int
    batch_sizes: tuple[int, ...]
    relative_tolerance: float
    deterministic: bool
    finite: bool
    outputs: dict[str, NumberParity | DecisionParity]
    passed: bool


class AttributionParity(Block):
    """What the endpoint `explain` says beside the offline explanation of the same rows.

    Attributes:
        num_examples: Rows, each sent alone and all at once.
        relative_tolerance: Of answers, as a share of the largest number of a row's explanation.
        slope_tolerance: Of what slopes decide, likewise: rounding chooses the slope at a kink.
        deterministic: Whether two calls gave the same bits.
        without_error: Whether no row got an error.
        gap_share: The median over rows of the completeness gap as a share of what is explained.
        outputs: Output -> how far it differs, as such a share.
    """

    num_examples: int
    relative_tolerance: float
    slope_tolerance: float
    deterministic: bool
    without_error: bool
    gap_share: float
    outputs: dict[str, NumberParity]


class RefusalRecord(Block):
    """An unusable item that was sent between good rows.

    Attributes:
        error: What the graph says of it.
        fault: What was wrong; empty if nothing.
    """

    error: str
    fault: str


class ParityRecord(AnswersParity, Artefact):
    """What was checked before a graph was published.

    Attributes:
        attributions: Of the endpoint `explain`; None if there is none.
        refused: Kind of unusable item -> what became of it.
        splits: Whose first rows were compared.
        operations: TensorFlow's, of the whole graph.
        offending_operations: Those that a stock server lacks -> why; empty.
    """

    file: ClassVar[str] = PARITY

    schema_version: Literal[2] = 2
    attributions: AttributionParity | None
    refused: dict[str, RefusalRecord]
    splits: tuple[Literal["val", "test"], ...] = ("val", "test")
    operations: tuple[str, ...]
    offending_operations: dict[str, str]
