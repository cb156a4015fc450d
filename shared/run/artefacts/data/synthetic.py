"""`synthetic.json`: the rows that were made for training, and how near they are to real ones."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.files import SYNTHETIC
from shared.statistics.intervals import Estimate

__all__ = ["Fidelity", "ShownRow", "SyntheticClass", "SyntheticRecord"]


class SyntheticClass(Block):
    """One class of the training split.

    Attributes:
        name: Of the class.
        num_real: Training rows that were recorded.
        num_synthetic: Rows that were made.
        num_copies: Of them, that are too near to a training row.
    """

    name: str
    num_real: int
    num_synthetic: int
    num_copies: int


class ShownRow(Block):
    """A made row that the report shows.

    Attributes:
        id: Its own.
        class_name: What it was made as.
        file: In the run directory.
        nearest: Id of the nearest training row.
        ratio: Distance to it over the mean distance of the 50 nearest ones.
    """

    id: str
    class_name: str
    file: str
    nearest: str
    ratio: float


class Fidelity(Block):
    """How real made rows are, how various, and whether they give training rows away.

    Attributes:
        classes: Those of the target, in order.
        precision: Share of made rows within the reach of training rows of their feature space.
        precision_of_validation: The same of recorded rows that nothing was fitted on.
        recall: Share of training rows within the reach of made ones.
        recall_of_validation: The same within the reach of validation rows.
        copies: Share of made rows that are too near to a training row.
        copies_in_training: The same of training rows beside those of other entities.
    """

    classes: tuple[SyntheticClass, ...]
    precision: Estimate
    precision_of_validation: Estimate
    recall: Estimate
    recall_of_validation: Estimate
    copies: Estimate
    copies_in_training: Estimate


class SyntheticRecord(Fidelity, Artefact):
    """Made by a model of the training split, for training alone: no other split holds any.

    Attributes:
        method: What made them.
        made_from: SHA-256 (hex) of settings, training split and code; the same makes the same.
        num_real: Training rows that were recorded.
        num_synthetic: Rows that were made.
        most_copies: By how much `copies` may exceed `copies_in_training`.
        copy_ratio: What counts as too near.
        shown: For the report.
    """

    file: ClassVar[str] = SYNTHETIC

    schema_version: Literal[1] = 1
    method: str
    made_from: str
    num_real: int
    num_synthetic: int
    most_copies: float
    copy_ratio: float
    shown: tuple[ShownRow, ...]
