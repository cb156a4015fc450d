"""New raw inputs, scored as `predict` does, and what inputs and network features are like.

This module needs TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows, Splits
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.monitoring.columns import Numeric
from shared.monitoring.input_columns import describe_inputs
from shared.monitoring.label_table import KnownFacts, read_facts
from shared.monitoring.scored_rows import ScoredRows
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.run.progress import Progress
from shared.serving.batch.scored_inputs import ScoredInputs, score_at_once
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Scores

__all__ = ["InputReader", "NewBatch", "Seen", "rows_of_ids", "score_batch"]

_CHUNK_ROWS = 256
_LEAST_PROBABILITY = 1e-30


@dataclass(frozen=True)
class NewBatch:
    """New rows as the deployed model answers them.

    Attributes:
        rows: Those that have an answer.
        wire: Positions among `rows` -> their wire batch.
        num_errors: Inputs without an answer.
        entities_known: Whether entities were given.
        notes: Of the labels.
    """

    rows: ScoredRows
    wire: Callable[[NDArray[np.int64]], Rows]
    num_errors: int
    entities_known: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What inputs are like, one number a row and column; and the network's features of them.

    Attributes:
        inputs: Columns that describe the inputs.
        features: (n, features) float64; None if the network has none.
    """

    inputs: list[Numeric]
    features: NDArray[np.float64] | None


def score_batch(
    context: StageContext, input_path: Path, labels: Path | None, attributes: Sequence[str]
) -> NewBatch:
    """Score new inputs with the exported model, and find what is known of them.

    Args:
        context: A run with a finished export.
        input_path: As `predict` takes it.
        labels: A table with what is known of the inputs; None if there is none.
        attributes: Group attributes of the test split.
    """
    scored = score_at_once(context, input_path)
    answered = np.array(sorted(scored.answers), dtype=np.int64)
    ids = scored.inputs.ids[answered]
    target = scored.signature.calibration.deciding(scored.signature.target)
    facts = read_facts(labels, input_path, ids.tolist(), target, context.config.data, attributes)
    return NewBatch(
        rows=_as_rows(target, scored, ids, facts),
        wire=lambda rows: scored.inputs.rows(answered[rows]),
        num_errors=len(scored.errors),
        entities_known=facts.entities is not None,
        notes=facts.notes,
    )


@dataclass(frozen=True)
class InputReader:
    """Describes wire rows, and asks the trained network for its features of them.

    Attributes:
        model: Of the run.
        names: Wire array -> names along its last axis.
        progress: Where progress is told.
    """

    model: TrainedModel
    names: Mapping[str, tuple[str, ...]]
    progress: Progress

    @classmethod
    def of(cls, context: StageContext) -> InputReader:
        """The reader of a run."""
        endpoint = SignatureRecord.read(context.run).signatures["serving_default"]
        names = {one.name: one.columns for one in endpoint.inputs if one.columns is not None}
        return cls(load_trained_model(context), names, context.progress)

    def see(self, wire: Callable[[NDArray[np.int64]], Rows], rows: NDArray[np.int64]) -> Seen:
        """What the rows at `rows` are like; in bounded memory.

        Args:
            wire: Positions -> wire batch.
            rows: (n,) int64, at least one.
        """
        described: list[list[Numeric]] = []
        features = []
        for start in range(0, len(rows), _CHUNK_ROWS):
            self.progress.update(start, len(rows), "reading inputs")
            chunk = wire(rows[start : start + _CHUNK_ROWS])
            decoded = self.model.decode_rows(chunk)
            described.append(describe_inputs(chunk, decoded, self.names))
            features.append(self.model.answer_rows(decoded).features)
        inputs = [
            Numeric(parts[0].family, parts[0].name, np.concatenate([it.values for it in parts]))
            for parts in zip(*described, strict=True)
        ]
        told = [part for part in features if part is not None]
        return Seen(inputs, np.concatenate(told).astype(np.float64) if told else None)


def rows_of_ids(splits: Splits, ids: Sequence[str]) -> Callable[[NDArray[np.int64]], Rows]:
    """Positions among `ids` -> wire batch, from whichever split has the row.

    Of a cross-validation, test predictions are of rows that its first fold trains on.
    """
    parts = list(splits.by_split().values())
    wanted = {name: position for position, name in enumerate(ids)}
    of_split = np.zeros(len(ids), dtype=np.int64)
    row = np.zeros(len(ids), dtype=np.int64)
    for number, examples in enumerate(parts):  # the test split last, so that it wins
        for place in np.flatnonzero(np.isin(examples.ids, list(ids))).tolist():
            position = wanted[str(examples.ids[place])]
            of_split[position] = number
            row[position] = place

    def read(rows: NDArray[np.int64]) -> Rows:
        order = [np.flatnonzero(of_split[rows] == number) for number in range(len(parts))]
        found = [
            examples.rows(row[rows][here])
            for examples, here in zip(parts, order, strict=True)
            if len(here)
        ]
        back = np.argsort(np.concatenate(order), kind="stable")
        return {key: np.concatenate([one[key] for one in found])[back] for key in found[0]}

    return read


def _as_rows(
    target: Target, scored: ScoredInputs, ids: NDArray[np.str_], facts: KnownFacts
) -> ScoredRows:
    outputs = [scored.answers[row] for row in sorted(scored.answers)]
    flags = {
        name: _output(outputs, output, np.bool_)
        for name, output in (("is_ood", "is_ood"), ("abstains", "abstain"), ("in_set", "in_set"))
    }
    return ScoredRows(
        ids=ids,
        entities=ids if facts.entities is None else facts.entities,
        scores=_scores(target, outputs),
        targets=facts.targets,
        ood_scores=_output(outputs, "ood_score", np.float64),
        groups=facts.groups,
        **flags,
    )


def _scores(target: Target, outputs: Sequence[Mapping[str, Any]]) -> Scores:
    """Calibrated scores that give what was answered: logits, or mean and quantiles."""
    match target:
        case Categories():
            if not outputs:
                return np.zeros((0, *target.shape), np.float32)
            probabilities = np.stack([row["probabilities"] for row in outputs])
            logits = np.log(np.maximum(probabilities, _LEAST_PROBABILITY))
            return np.asarray(logits, dtype=np.float32)
        case Horizon():
            if not outputs:
                return np.zeros((0, *target.shape), np.float64)
            means = np.stack([row["forecast"] for row in outputs])[..., None]
            quantiles = np.stack([row["quantiles"] for row in outputs])
            return np.concatenate([means, quantiles], axis=-1, dtype=np.float64)
        case _:
            assert_never(target)


def _output(
    outputs: Sequence[Mapping[str, Any]], name: str, dtype: type[np.generic]
) -> NDArray[Any] | None:
    if not outputs or name not in outputs[0]:
        return None
    return np.stack([row[name] for row in outputs]).astype(dtype)
