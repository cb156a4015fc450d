"""One row explained: its segments, what each contributes to the answer, and whether that is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Pipeline, Rows, Segments
from shared.errors import ContractError
from shared.explain.found import Found, additivity_of, removal_numbers
from shared.explain.masked_score import MaskedScore
from shared.explain.methods.attribution import AttributionTask
from shared.explain.methods.choice import attribute
from shared.explain.methods.gradients import GradientSource, gradient_source
from shared.explain.predicted import describe_prediction
from shared.explain.questions import (
    Question,
    answer,
    decided_question,
    describe_question,
    probability,
    unit_of_answer,
)
from shared.explain.visible_segments import find_visible
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.explanations_file import ExplainedRow
from shared.run.context import StageContext
from shared.targets import Target
from shared.targets.calibration import Calibration, calibrate
from shared.targets.predictions import Scores

__all__ = ["Explainer", "Explanation", "load_explainer"]

_CHUNK_MASKS = 64
_BACKGROUND_ROWS = 64
_KEEP_ALL_TOLERANCE = 1e-3
"""Relative; wide enough for TF32 convolutions, far too narrow for a wrong mask."""


@dataclass(frozen=True)
class Explanation:
    """One explained row.

    Attributes:
        segments: Its segments and canvas.
        visible: (segments,) bool: which of them the model can see.
        values: (segments,) float64: what each contributes to the answer; 0 where not visible.
        half_widths: (segments,) float64: of each value's interval; NaN where not known.
        row: Its numbers.
    """

    segments: Segments
    visible: NDArray[np.bool_]
    values: NDArray[np.float64]
    half_widths: NDArray[np.float64]
    row: ExplainedRow


@dataclass(frozen=True)
class Explainer:
    """Explains rows of one run.

    Attributes:
        pipeline: The domain, which knows segments.
        config: Of the run.
        model: What scores rows.
        calibration: What makes scores mean what they say.
        target: What is predicted, as the deployed model decides for it.
        background: Reads decoded rows of the training split, for methods that start from them.
    """

    pipeline: Pipeline
    config: Any
    model: TrainedModel
    calibration: Calibration
    target: Target
    background: Callable[[], Rows]

    def scores(self, rows: Rows) -> Scores:
        """Decoded rows -> calibrated scores (n, *target.shape)."""
        return calibrate(self.calibration, self.model.score_rows(rows))

    def explain(
        self,
        row: Rows,
        *,
        seed: int,
        question: Question | None = None,
    ) -> Explanation:
        """Explain one decoded row (leading axis of length 1).

        Args:
            row: To be explained.
            seed: Of what is drawn.
            question: What is explained; by default what is decided.

        Raises:
            ContractError: Keeping every segment does not give the row's own score, or the segments
                do not fit together.
            UserError: The method can't be had, or a score is no number.
        """
        segments = self.pipeline.segments(self.config, row)
        _check_shapes(segments)
        original = self.scores(row)
        asked = question or decided_question(self.target, original)
        visible = find_visible(self.model, row, segments)
        score = self._masked_score(segments, visible, asked)
        _check_keep_all(score.all_kept(), float(answer(asked, original)[0]))
        task = AttributionTask(
            score=score,
            spans=segments.spans[visible],
            max_evaluations=self.config.explain.max_evaluations,
            confidence=self.config.evaluate.confidence,
            seed=seed,
            source=lambda: self._source(row, segments, asked, visible),
        )
        found = attribute(task, self.config.explain.method)
        numbers = self._describe(Found(row, segments, visible, asked, score, found), seed=seed)
        values, half_widths = (_spread(part, visible) for part in (found.values, found.half_widths))
        return Explanation(segments, visible, values, half_widths, numbers)

    def _source(
        self, row: Rows, segments: Segments, question: Question, visible: NDArray[np.bool_]
    ) -> GradientSource:
        return gradient_source(
            self.model,
            self.calibration,
            question,
            row,
            segments,
            visible=visible,
            background=self.background,
        )

    def _masked_score(
        self, segments: Segments, visible: NDArray[np.bool_], question: Question
    ) -> MaskedScore:
        """The row's answer as a function of which visible segments are kept."""

        def mask(keep: NDArray[np.bool_]) -> Rows:
            kept = np.ones((len(keep), len(visible)), dtype=np.bool_)
            kept[:, visible] = keep
            return segments.mask(kept)

        def score(rows: Rows) -> NDArray[np.float64]:
            return answer(question, self.scores(rows))

        return MaskedScore(mask, score, num_segments=int(visible.sum()), chunk_size=_CHUNK_MASKS)

    def _describe(self, found: Found, *, seed: int) -> ExplainedRow:
        score = found.score
        evaluations = score.evaluations  # before faithfulness is measured
        measured = removal_numbers(found, seed=seed)
        spent = {
            "evaluations": evaluations + found.attribution.num_gradients,
            "evaluations_checking": score.evaluations - evaluations,
        }
        return ExplainedRow(
            explained=describe_question(self.target, found.question),
            unit=unit_of_answer(self.target),
            method=found.attribution.method,
            num_segments=len(found.segments.names),
            num_visible=score.num_segments,
            settled=found.attribution.settled,
            additivity_error_relative=additivity_of(found),
            **self._ends(found),
            **spent,
            **measured,
        )

    def _ends(self, found: Found) -> dict[str, Any]:
        """What is answered with all segments and with none."""
        ends = np.array([found.score.all_kept(), found.score.none_kept()])
        shares = probability(found.question, ends)
        whole, emptied = [None, None] if shares is None else shares.tolist()
        return {
            "predicted": describe_prediction(self.target, self.scores(found.row)),
            "predicted_none": describe_prediction(self.target, self.scores(found.emptied())),
            "score": float(ends[0]),
            "score_none": float(ends[1]),
            "probability": whole,
            "probability_none": emptied,
        }


def load_explainer(context: StageContext, target: Target) -> Explainer:
    """The explainer of a trained run.

    Args:
        context: The run.
        target: As the data has it, without the decision rule of the run.
    """
    record = CalibrationRecord.read(context.run)
    model = load_trained_model(context)

    def background() -> Rows:
        train = context.splits().train
        count = min(len(train), _BACKGROUND_ROWS)
        generator = np.random.default_rng([context.config.train.seed, len(train)])
        drawn = np.sort(generator.choice(len(train), count, replace=False))
        return model.decode_rows(train.rows(drawn.astype(np.int64)))

    return Explainer(
        context.pipeline,
        context.config,
        model,
        record.calibration,
        record.deciding(target),
        cache(background),
    )


def _spread(values: NDArray[np.float64], visible: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Values of visible segments at their places among all; 0 elsewhere."""
    spread = np.zeros(len(visible))
    spread[visible] = values
    return spread


def _check_shapes(segments: Segments) -> None:
    expected = (len(segments.names), len(segments.axes), 2)
    if segments.spans.shape != expected:
        raise ContractError(
            f"Segments.spans must have the shape (segments, axes, 2) = {expected}, received"
            f" {segments.spans.shape}."
        )
    for name, order in segments.naive_orders.items():
        if order.shape != expected[:1]:
            raise ContractError(
                f"Segments.naive_orders[{name!r}] must have one number a segment, {expected[:1]},"
                f" received {order.shape}."
            )


def _check_keep_all(kept: float, original: float) -> None:
    if abs(kept - original) > _KEEP_ALL_TOLERANCE * max(1.0, abs(original)):
        raise ContractError(
            "Segments.mask that keeps everything must give the row itself, but its score is"
            f" {kept:.6g} where the row's is {original:.6g}."
        )
