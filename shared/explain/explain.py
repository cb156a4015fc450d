"""The explain stage: Shapley values of some test examples, and how far they can be trusted."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Axis, Examples, Rows, Segments
from shared.errors import ContractError
from shared.explain.explained_example import Explanation, describe_prediction, make_example
from shared.explain.faithfulness import Deletion, additivity_error, deletion
from shared.explain.masked_score import MaskedScore
from shared.explain.selection import select_examples
from shared.explain.shapley import Attribution, shapley_values
from shared.explain.summary import summarise
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.explanations_file import (
    CanvasAxis,
    DeletionCurve,
    ExplainedExample,
    ExplainedRow,
    Explanations,
)
from shared.run.context import StageContext
from shared.statistics.intervals import number_or_none
from shared.targets import Target
from shared.targets.calibration import calibrate
from shared.targets.predictions import Predictions, Scores

__all__ = ["explain_row", "explain_stage"]

_METHOD = (
    "Shapley values over segments: by enumeration where there are few, by permutations where there"
    " are more, by partition (Owen values, neighbours first) where there are many"
)
_FOLDER = "explanations"
_MAX_CANDIDATES = 256
_CHUNK_MASKS = 64
_KEEP_ALL_TOLERANCE = 1e-3
"""Relative; wide enough for TF32 convolutions, far too narrow for a wrong mask."""


@dataclass(frozen=True)
class _Explained:
    """One example, ready to be written."""

    example: ExplainedExample
    arrays: Mapping[str, NDArray[Any]]
    axes: Sequence[Axis]
    seconds: float


def explain_stage(context: StageContext) -> None:
    """Write `explanations.json`, `explanations/<position>.npz` and `explanations_timing.json`.

    Raises:
        ContractError: A pipeline's mask that keeps everything changes the row, or its segments do
            not fit together.
    """
    started = time.perf_counter()
    config = context.config
    splits = context.splits()
    record = CalibrationRecord.read(context.run)
    target = record.deciding(splits.target)
    model = load_trained_model(context)
    candidates = _candidates(splits.test, config.train.seed)
    rows = model.decode_rows(candidates.rows(np.arange(len(candidates))))
    scores = calibrate(record.calibration, model.score_rows(rows))
    chosen = _choose(context, candidates, scores, target).tolist()
    explained: list[_Explained] = []
    for position, index in enumerate(chosen):
        context.progress.update(position, len(chosen), f"explaining {candidates.ids[index]}")
        row_started = time.perf_counter()
        row = {name: values[index : index + 1] for name, values in rows.items()}
        seed = config.train.seed + position
        decided = scores[index : index + 1]
        explanation = explain_row(context, model, row, target=target, decided=decided, seed=seed)
        file = f"{_FOLDER}/{position}.npz"
        example = make_example(explanation, target, candidates, index, file=file)
        arrays = _arrays(explanation, candidates, index)
        seconds = round(time.perf_counter() - row_started, 3)
        explained.append(_Explained(example, arrays, explanation.segments.axes, seconds))
    _write(context, explained)
    total = round(time.perf_counter() - started, 3)
    timing = {"seconds": total, "examples": [one.seconds for one in explained]}
    context.run.write_json("explanations_timing.json", timing)


def explain_row(
    context: StageContext,
    model: TrainedModel,
    row: Rows,
    *,
    target: Target,
    decided: Scores,
    seed: int,
) -> Explanation:
    """Explain the score of one decoded row (leading axis of length 1).

    Args:
        context: The run.
        model: What scores rows.
        row: To be explained.
        target: What is predicted, as the deployed model decides for it.
        decided: (1, *target.shape) calibrated scores of the row, which say for what is decided.
        seed: Of sampled Shapley values.

    Raises:
        ContractError: Keeping every segment does not give the row's own score, or the segments do
            not fit together.
    """
    segments = context.pipeline.segments(context.config, row)
    _check_spans(segments)
    original = model.score_rows(row)

    def explained(rows: Rows) -> NDArray[np.float64]:
        return target.explained_score(model.score_rows(rows), decided)

    score = MaskedScore(
        segments.mask, explained, num_segments=len(segments.names), chunk_size=_CHUNK_MASKS
    )
    _check_keep_all(score.all_kept(), float(target.explained_score(original, decided)[0]))
    most = context.config.explain.max_evaluations
    attribution = shapley_values(score, segments.spans, max_evaluations=most, seed=seed)
    evaluations = score.evaluations  # before faithfulness is measured
    predicted = describe_prediction(target, decided)
    numbers = _measure(score, attribution, predicted, evaluations=evaluations, seed=seed)
    return Explanation(segments, attribution, numbers)


def _choose(
    context: StageContext, candidates: Examples, scores: Scores, target: Target
) -> NDArray[np.int64]:
    predictions = Predictions(
        candidates.ids, candidates.entities, candidates.targets, scores, candidates.forecast
    )
    config = context.config
    return select_examples(target, predictions, config.explain.num_examples, seed=config.train.seed)


def _measure(
    score: MaskedScore,
    attribution: Attribution,
    predicted: str | float,
    *,
    evaluations: int,
    seed: int,
) -> ExplainedRow:
    all_kept = score.all_kept()
    none_kept = score.none_kept()
    removal = deletion(score, attribution.values, seed=seed)
    error = additivity_error(attribution.values, all_kept=all_kept, none_kept=none_kept)
    return ExplainedRow(
        predicted=predicted,
        method=attribution.method,
        num_segments=score.num_segments,
        evaluations=evaluations,
        score=all_kept,
        score_none=none_kept,
        additivity_error_relative=error,
        deletion_auc=number_or_none(removal.auc),
        deletion_auc_random=number_or_none(removal.random_auc),
        deletion_gain=number_or_none(removal.random_auc - removal.auc),
        deletion_curve=_curve(removal),
    )


def _curve(removal: Deletion) -> DeletionCurve | None:
    if not np.isfinite(removal.curve).all():
        return None
    return DeletionCurve(
        removed_share=tuple(removal.removed_share.tolist()),
        informed=tuple(removal.curve.tolist()),
        random=tuple(removal.random_curve.tolist()),
    )


def _arrays(explanation: Explanation, examples: Examples, index: int) -> dict[str, NDArray[Any]]:
    """What the report draws: the canvas, its segments and their values, and the known cause."""
    segments = explanation.segments
    canvas = segments.canvas
    # Words may come as objects, which NumPy could store only by pickling.
    is_text = canvas.dtype.kind in "OU"
    arrays: dict[str, NDArray[Any]] = {
        "values": explanation.attribution.values,
        "names": np.array(segments.names, dtype=np.str_),
        "spans": segments.spans,
        "extent": segments.extent,
        "canvas": canvas.astype(np.str_) if is_text else canvas,
    }
    if examples.ground_truth is not None:
        arrays["ground_truth"] = examples.ground_truth(index)
    return arrays


def _write(context: StageContext, explained: Sequence[_Explained]) -> None:
    """One file of arrays an example, named by its position, and the record of all."""

    def fill(folder: Path) -> None:
        for position, one in enumerate(explained):
            np.savez_compressed(folder / f"{position}.npz", allow_pickle=False, **one.arrays)

    context.run.write_folder(_FOLDER, fill)
    examples = tuple(one.example for one in explained)
    axes = [CanvasAxis(name=axis.name, unit=axis.unit) for axis in explained[0].axes]
    config = context.config
    Explanations(
        method=_METHOD,
        max_evaluations=config.explain.max_evaluations,
        axes=tuple(axes),
        examples=examples,
        summary=summarise(examples, confidence=config.evaluate.confidence),
    ).write(context.run)


def _candidates(examples: Examples, seed: int) -> Examples:
    """At most so many test examples that choosing among them does not mean scoring a million."""
    if len(examples) <= _MAX_CANDIDATES:
        return examples
    drawn = np.random.default_rng([seed, len(examples)]).choice(
        len(examples), _MAX_CANDIDATES, replace=False
    )
    return examples.take(np.sort(drawn).astype(np.int64))


def _check_spans(segments: Segments) -> None:
    expected = (len(segments.names), len(segments.axes), 2)
    if segments.spans.shape != expected:
        raise ContractError(
            f"Segments.spans must have the shape (segments, axes, 2) = {expected}, received"
            f" {segments.spans.shape}."
        )


def _check_keep_all(kept: float, original: float) -> None:
    if abs(kept - original) > _KEEP_ALL_TOLERANCE * max(1.0, abs(original)):
        raise ContractError(
            "Segments.mask that keeps everything must give the row itself, but its score is"
            f" {kept:.6g} where the row's is {original:.6g}."
        )
