"""The test split and the new rows made ready for the tests: which rows, which columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError, UserError
from shared.monitoring.classifier_test import classifier_test, numbers_of
from shared.monitoring.columns import Column, paired_columns
from shared.monitoring.drift_tests import LEAST_ROWS
from shared.monitoring.new_batch import InputReader, NewBatch, Seen, rows_of_ids
from shared.monitoring.outcomes import outcome_columns, row_outcomes
from shared.monitoring.reference import pool_small_groups
from shared.monitoring.scored_rows import ScoredRows, choose_one_each, score_columns
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.monitoring.record import ClassifierTest
from shared.run.context import StageContext
from shared.targets import Target

__all__ = [
    "Sides",
    "choose_sides",
    "classify_sides",
    "columns_of_sides",
    "require_rows",
    "see_inputs",
]

_MOST_ROWS = 2000
"""Of each side that are tested; an effect that needs more rows to be seen is none to act on."""


@dataclass(frozen=True)
class Sides:
    """The test split and the new rows, and which of their rows are tested.

    Attributes:
        target: As the deployed model decides.
        reference: The test split.
        new: The new rows.
        tested_reference: Positions of tested rows of the test split.
        tested_new: Likewise, of the new rows.
    """

    target: Target
    reference: ScoredRows
    new: ScoredRows
    tested_reference: NDArray[np.int64]
    tested_new: NDArray[np.int64]

    @property
    def tested(self) -> tuple[ScoredRows, ScoredRows]:
        """Independent rows: one of each entity."""
        return self.reference.take(self.tested_reference), self.new.take(self.tested_new)


def choose_sides(context: StageContext, reference: ScoredRows, batch: NewBatch) -> Sides:
    """One row of each entity on both sides; groups too small to be named are pooled."""
    seed = context.config.train.seed
    target = CalibrationRecord.read(context.run).deciding(DataRecord.read(context.run).target)
    least = context.config.evaluate.privacy_group_size
    reference, new = pool_small_groups(reference, batch.rows, least)
    return Sides(
        target=target,
        reference=reference,
        new=new,
        tested_reference=choose_one_each(reference.entities, _MOST_ROWS, seed),
        tested_new=choose_one_each(new.entities, _MOST_ROWS, seed),
    )


def require_rows(sides: Sides, input_path: Path) -> None:
    """Refuse a batch that nothing can be said of.

    Raises:
        DataError: It has too few rows, or rows of too few entities.
    """
    if len(sides.tested_new) >= LEAST_ROWS:
        return
    raise DataError(
        f"{input_path}: {len(sides.new):,} rows of {len(sides.tested_new):,} entities were scored;"
        f" at least {LEAST_ROWS} entities are needed to say anything. Collect a larger batch, such"
        " as a week."
    )


def see_inputs(
    context: StageContext, sides: Sides, batch: NewBatch
) -> tuple[tuple[Seen, Seen] | None, tuple[str, ...]]:
    """What the tested inputs of both sides are like; None where the run's data is gone."""
    try:
        splits = context.splits()
    except UserError as error:
        reason = str(error).splitlines()[0]
        return None, (f"Inputs and features were not compared: {reason}",)
    reader = InputReader.of(context)
    known = rows_of_ids(splits, sides.reference.ids.tolist())
    of_reference = reader.see(known, sides.tested_reference)
    return (of_reference, reader.see(batch.wire, sides.tested_new)), ()


def columns_of_sides(sides: Sides, seen: tuple[Seen, Seen] | None) -> list[tuple[Column, Column]]:
    """Of the tested rows: inputs, scores, decisions, groups, and outcomes where they are known."""
    columns: list[list[Column]] = [[], []]
    for place, rows in enumerate(sides.tested):
        if seen is not None:
            columns[place] += seen[place].inputs
        columns[place] += score_columns(sides.target, rows)
        columns[place] += outcome_columns(row_outcomes(sides.target, rows))
    return paired_columns(*columns)


def classify_sides(
    context: StageContext, sides: Sides, seen: tuple[Seen, Seen] | None, level: float
) -> ClassifierTest | None:
    """By the network's features; where it has none, by all numbers of inputs and scores."""
    told: Literal["features of the network", "inputs and scores"]
    if seen is not None and seen[0].features is not None and seen[1].features is not None:
        told = "features of the network"
        numbers = [seen[0].features, seen[1].features]
    else:
        told = "inputs and scores"
        inputs = ([], []) if seen is None else (seen[0].inputs, seen[1].inputs)
        numbers = [
            numbers_of([*described, *score_columns(sides.target, rows)])
            for described, rows in zip(inputs, sides.tested, strict=True)
        ]
    return classifier_test(
        numbers[0],
        numbers[1],
        seen=told,
        level=level,
        seed=(context.config.train.seed,),
    )
