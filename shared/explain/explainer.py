"""One row explained: its segments, what each contributes to the answer, and whether that is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.config import ExplainMethod
from shared.contract import Pipeline, Rows, Segments
from shared.explain.attention.attended import look_at_segments
from shared.explain.checks.attended_parts import attended_numbers
from shared.explain.checks.neutral_removal import EmptiedRows, choose_removal
from shared.explain.game.game import Game, additivity_of, removal_numbers, strongest_segments
from shared.explain.game.masked_score import Ask, MaskedScore
from shared.explain.game.segment_checks import check_keep_all, check_shapes
from shared.explain.game.together import Steps
from shared.explain.game.visible_segments import find_visible
from shared.explain.grouping import grouped
from shared.explain.methods.attribution import Attribution, AttributionTask
from shared.explain.methods.choice import attribute
from shared.explain.methods.cut import Cut
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
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.explanations.checks import Removals
from shared.run.artefacts.explanations.record import ExplainedRow
from shared.run.context import StageContext
from shared.statistics.bootstrap import Resampling
from shared.statistics.streams import Stream
from shared.targets import Target
from shared.targets.calibration import Calibration, calibrate
from shared.targets.predictions import Scores

__all__ = ["Explainer", "Explanation", "load_explainer", "resampling_of"]

_BACKGROUND_ROWS = 64


@dataclass(frozen=True)
class Explanation:
    """One explained row.

    Attributes:
        segments: Its segments and canvas.
        visible: (segments,) bool: which of them the model can see.
        values: (segments,) float64: what each contributes to the answer; 0 where not visible.
        half_widths: (segments,) float64: of each value's interval; NaN where not known.
        row: Its numbers.
        game: In which they were found.
    """

    segments: Segments
    visible: NDArray[np.bool_]
    values: NDArray[np.float64]
    half_widths: NDArray[np.float64]
    row: ExplainedRow
    game: Game


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
        removals: What shows in the place of what is removed.
    """

    pipeline: Pipeline
    config: Any
    model: TrainedModel
    calibration: Calibration
    target: Target
    background: Callable[[], Rows]
    removals: Removals

    def scores(self, rows: Rows) -> Scores:
        """Decoded rows -> calibrated scores (n, *target.shape)."""
        return calibrate(self.calibration, self.model.score_rows(rows))

    def explain(
        self, row: Rows, *, seed: int, question: Question | None = None
    ) -> Steps[Explanation]:
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
        most = self.config.explain.max_evaluations
        game = yield from self.game(row, question=question)
        if self.config.explain.method in ("auto", "shap_permutation"):
            game = yield from grouped(game, most, seed=seed)
        found = yield from self.attribute(game, most - game.spent, seed=seed)
        numbers = yield from self._describe(game, found, seed=seed)
        values, half_widths = (game.spread(part) for part in (found.values, found.half_widths))
        return Explanation(game.segments, game.visible, values, half_widths, numbers, game)

    def game(self, row: Rows, *, question: Question | None = None) -> Steps[Game]:
        """One decoded row with what is asked of it; raises as `explain` does."""
        segments = self.pipeline.segments(self.config, row).removing(self.removals.chosen)
        check_shapes(segments)
        original = self.scores(row)
        asked = question or decided_question(self.target, original)
        visible = find_visible(self.model, row, segments)
        score = self._masked_score(segments, visible, asked)
        ends = np.array([[True], [False]]) & np.ones(score.num_segments, dtype=np.bool_)
        yield Ask(score, ends)
        check_keep_all(score.all_kept(), float(answer(asked, original)[0]))
        return Game(row, segments, visible, asked, score)

    def attribute(
        self,
        game: Game,
        max_evaluations: int,
        *,
        seed: int,
        method: ExplainMethod | None = None,
    ) -> Steps[Attribution]:
        """Share a game's answer out among its visible segments.

        Args:
            game: Of one row.
            max_evaluations: Model evaluations that may be spent.
            seed: Of what is drawn.
            method: By name; by default the configured one.
        """
        task = AttributionTask(
            score=game.score,
            spans=game.segments.spans[game.visible],
            max_evaluations=max_evaluations,
            confidence=self.config.evaluate.confidence,
            seed=seed,
            source=lambda: self.gradient_source(game),
            attended=lambda: look_at_segments(
                self.model, game.row, game.segments, visible=game.visible
            ),
        )
        return attribute(task, method or self.config.explain.method)

    @cached_property
    def _cut(self) -> Cut:
        return Cut(self.model, self.calibration)

    def gradient_source(self, game: Game) -> GradientSource:
        """A game's answer as a differentiable function; refuses in words where it is not."""
        return gradient_source(
            self._cut,
            game.question,
            game.row,
            game.segments,
            visible=game.visible,
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

        return MaskedScore(
            mask,
            self.scores,
            num_segments=int(visible.sum()),
            answer=lambda scores: answer(question, scores),
        )

    def _describe(self, game: Game, found: Attribution, *, seed: int) -> Steps[ExplainedRow]:
        score = game.score
        evaluations = score.evaluations  # before faithfulness is measured
        measured = yield from removal_numbers(game, found, seed=seed)
        looked = yield from attended_numbers(game, found, seed=seed)
        spent = {
            "evaluations": game.spent + evaluations + found.num_gradients,
            "evaluations_checking": score.evaluations - evaluations,
        }
        numbers = {**self._ends(game), **spent, **measured, **looked}
        return ExplainedRow(
            explained=describe_question(self.target, game.question, game.segments.moments),
            unit=unit_of_answer(self.target),
            method=found.method,
            num_segments=len(game.segments.names),
            num_visible=score.num_segments,
            settled=found.settled,
            additivity_error_relative=additivity_of(game, found),
            strongest=strongest_segments(game, found),
            **numbers,
        )

    def _ends(self, game: Game) -> dict[str, Any]:
        """What is answered with all segments and with none."""
        ends = np.array([game.score.all_kept(), game.score.none_kept()])
        shares = probability(game.question, ends)
        whole, emptied = [None, None] if shares is None else shares.tolist()
        return {
            "predicted": describe_prediction(self.target, self.scores(game.row)),
            "predicted_none": describe_prediction(self.target, self.scores(game.emptied())),
            "score": float(ends[0]),
            "score_none": float(ends[1]),
            "probability": whole,
            "probability_none": emptied,
        }


def load_explainer(
    context: StageContext, target: Target, removals: Removals | None = None
) -> Explainer:
    """The explainer of a trained run.

    Args:
        context: The run.
        target: As the data has it, without the decision rule of the run.
        removals: Tested before; None to test them now, on validation rows.
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
        removals or _removals(context, model, record, target),
    )


def resampling_of(config: Any) -> Resampling:
    """Of entities, for all intervals of explanations."""
    seed = (config.train.seed, Stream.EXPLANATIONS)
    return Resampling(config.evaluate.resamples, config.evaluate.confidence, seed)


def _removals(
    context: StageContext, model: TrainedModel, record: CalibrationRecord, target: Target
) -> Removals:
    """Test the ways of removing that the domain knows."""
    config = context.config
    rows = EmptiedRows(
        record.deciding(target),
        model.decode_rows,
        lambda row: context.pipeline.segments(config, row),
        lambda rows: calibrate(record.calibration, model.score_rows(rows)),
    )
    return choose_removal(
        config.explain,
        rows,
        context.splits(),
        seed=config.train.seed,
        resampling=resampling_of(config),
    )
