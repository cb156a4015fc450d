"""One look at a new batch: everything that `monitor` finds, as one record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from shared.monitoring.drift_tests import drift_tests
from shared.monitoring.expected import expected_outcomes
from shared.monitoring.new_batch import NewBatch, score_batch
from shared.monitoring.outcomes import (
    Outcome,
    compare_groups,
    compare_outcomes,
    row_outcomes,
)
from shared.monitoring.reference import read_reference
from shared.monitoring.sequence import Look, count_batch, describe_sequence
from shared.monitoring.sides import (
    Sides,
    choose_sides,
    classify_sides,
    columns_of_sides,
    require_rows,
    see_inputs,
)
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.monitoring.history import MonitorHistory
from shared.run.artefacts.monitoring.record import (
    BatchRecord,
    ClassifierTest,
    DriftTest,
    GroupOutcome,
    MonitorRecord,
    OutcomeRecord,
    SequenceRecord,
)
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory

__all__ = ["LOOK_LEVEL", "monitor_batch"]

LOOK_LEVEL = 0.01
"""Largest chance of a false alarm of one look: half of it for the columns, half for the
classifier."""


def monitor_batch(
    context: StageContext, input_path: Path, *, labels: Path | None, state: Path | None
) -> MonitorRecord:
    """Compare new inputs with the test split of a run.

    Args:
        context: A run with a finished export; `splits` loads its data, which input columns and
            features of the test split need.
        input_path: As `predict` takes it.
        labels: A table with truth, entities and groups of the inputs; None if there is none.
        state: Folder of the history; None looks at this batch alone.

    Raises:
        DataError: Nothing was scored, or fewer than five rows.
        UserError: The history is damaged or of another model.
    """
    history = None
    if state is not None:  # refused before any work
        weights = SignatureRecord.read(context.run).weights_sha256
        history = MonitorHistory.read(RunDirectory(state), weights)
    reference = read_reference(context.run)
    batch = score_batch(context, input_path, labels, tuple(reference.groups.columns))
    sides = choose_sides(context, reference, batch)
    require_rows(sides, input_path)
    seen, notes = see_inputs(context, sides, batch)
    columns = columns_of_sides(sides, seen)
    found = _Found(
        tests=drift_tests(columns, LOOK_LEVEL / 2.0),
        classifier=classify_sides(context, sides, seen, LOOK_LEVEL / 2.0),
        sequence=None,
    )
    if history is not None and state is not None:
        counted = count_batch(history, columns, _look(input_path, sides))
        counted.write(RunDirectory(state))
        sequence = describe_sequence(counted, counted_before=counted is history)
        found = replace(found, sequence=sequence)
    described = _describe(str(input_path), sides, batch)
    return _record(context, sides, described, found, (*batch.notes, *notes))


@dataclass(frozen=True)
class _Found:
    """What was tested, and whether it alarms."""

    tests: tuple[DriftTest, ...]
    classifier: ClassifierTest | None
    sequence: SequenceRecord | None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why there is an alarm.

        With a history the sequence alone decides, because it counts all looks.
        """
        if self.sequence is not None:
            count = self.sequence.num_batches
            looks = f"over {count} batches" if count > 1 else "in the first batch"
            return tuple(
                f"{test.column} ({test.family}) {looks}"
                for test in self.sequence.tests
                if test.drifted
            )
        found = [f"{test.column} ({test.family})" for test in self.tests if test.drifted]
        if self.classifier is not None and self.classifier.drifted:
            found.append(f"a classifier tells new rows by {self.classifier.seen}")
        return tuple(found)


def _record(
    context: StageContext,
    sides: Sides,
    described: tuple[BatchRecord, BatchRecord],
    found: _Found,
    notes: tuple[str, ...],
) -> MonitorRecord:
    confidence = context.config.evaluate.confidence
    outcomes, groups = _outcomes(context, sides)
    expected = expected_outcomes(sides.target, sides.new, sides.reference, confidence)
    return MonitorRecord(
        **_about_run(context),
        made_at=_now(),
        alarm=bool(found.reasons),
        reasons=found.reasons,
        level=LOOK_LEVEL,
        confidence=confidence,
        batch=described[0],
        reference=described[1],
        tests=found.tests,
        classifier=found.classifier,
        sequence=found.sequence,
        outcomes=outcomes,
        groups=groups,
        expected=expected,
        notes=(*notes, *_caveats(described)),
    )


def _about_run(context: StageContext) -> dict[str, Any]:
    return {
        "run": str(context.run.path),
        "title": context.pipeline.title,
        "synthetic": DataRecord.read(context.run).provenance.synthetic,
        "weights_sha256": SignatureRecord.read(context.run).weights_sha256,
    }


def _look(input_path: Path, sides: Sides) -> Look:
    digest = hashlib.sha256("\x1f".join(sides.new.ids.tolist()).encode())
    digest.update(np.ascontiguousarray(sides.new.scores).tobytes())
    return Look(
        made_at=_now(),
        source=str(input_path),
        fingerprint=digest.hexdigest(),
        n=len(sides.tested_new),
    )


def _outcomes(
    context: StageContext, sides: Sides
) -> tuple[tuple[OutcomeRecord, ...], tuple[GroupOutcome, ...]]:
    """Of all rows: intervals count entities themselves."""
    settings = context.config.evaluate
    if not sides.new.has_truth.any():
        return (), ()
    new, reference = (row_outcomes(sides.target, side) for side in (sides.new, sides.reference))
    compared = compare_outcomes(
        new, sides.new.entities, reference, sides.reference.entities, settings.confidence
    )
    first: tuple[Outcome, Outcome] = (new[0], reference[0])
    groups = compare_groups(
        first,
        (sides.new, sides.reference),
        settings.confidence,
        least_rows=settings.min_group_size,
        privacy_rows=settings.privacy_group_size,
    )
    return compared, groups


def _describe(source: str, sides: Sides, batch: NewBatch) -> tuple[BatchRecord, BatchRecord]:
    """The new rows, and the test split."""
    new = BatchRecord(
        source=source,
        n=len(sides.new),
        num_errors=batch.num_errors,
        num_entities=len(np.unique(sides.new.entities)),
        num_tested=len(sides.tested_new),
        entities_known=batch.entities_known,
    )
    reference = BatchRecord(
        source="test split",
        n=len(sides.reference),
        num_errors=0,
        num_entities=len(np.unique(sides.reference.entities)),
        num_tested=len(sides.tested_reference),
        entities_known=True,
    )
    return new, reference


def _caveats(described: tuple[BatchRecord, BatchRecord]) -> tuple[str, ...]:
    new, reference = described
    if new.entities_known or reference.num_entities == reference.n:
        return ()
    return (
        "The entity of the new rows is not known, so each counts as independent. Rows of one"
        " patient, author, speaker or day resemble each other: then tests find too much and"
        " intervals are too narrow. Give a column entity with --labels.",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
