"""The explain stage: why the model decides as it does on some test examples, and whether so."""

from __future__ import annotations

import time

import numpy as np

from shared.contract import Examples
from shared.explain.asked_rows import rows_of_examples
from shared.explain.checks.method_checks import check_method
from shared.explain.explained_rows import explain_rows, write_explanations
from shared.explain.explainer import Explainer, load_explainer, resampling_of
from shared.explain.selection import select_examples
from shared.explain.survey.survey import take_survey
from shared.gallery.gallery import write_gallery
from shared.run.context import StageContext
from shared.targets.predictions import Predictions

__all__ = ["explain_stage"]

_MAX_CANDIDATES = 256


def explain_stage(context: StageContext) -> None:
    """Write `explanations.json`, `explanations/<place>.npz` and `explanations_timing.json`.

    Then `gallery.json` with its files.

    A row that can't be explained is named with its reason; the others are explained all the same.

    Raises:
        ContractError: A pipeline's mask that keeps everything changes the row, or its segments do
            not fit together.
        UserError: No row could be explained.
    """
    clock = _Clock()
    splits = context.splits()
    explainer = load_explainer(context, splits.target)
    candidates = _candidates(splits.test, context.config.train.seed)
    chosen = _choose(explainer, candidates)
    clock.lap("loading")
    found = explain_rows(explainer, rows_of_examples(candidates, chosen), context.progress)
    clock.lap("explaining")
    checks = check_method(explainer, found.checked, resampling_of(context.config), context.progress)
    clock.lap("checking")
    survey = take_survey(explainer, candidates, context.progress)
    clock.lap("surveying")
    write_explanations(context.run, found, explainer, checks, survey)
    write_gallery(context, splits)
    clock.lap("gallery")
    timing = {"seconds": clock.total, "parts": clock.laps}
    context.run.write_json("explanations_timing.json", timing)


class _Clock:
    """Seconds of each part of the stage."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.laps: dict[str, float] = {}

    @property
    def total(self) -> float:
        """Since the start."""
        return round(time.perf_counter() - self._started, 3)

    def lap(self, part: str) -> None:
        """A part ends now."""
        self.laps[part] = round(self.total - sum(self.laps.values()), 3)


def _choose(explainer: Explainer, examples: Examples) -> list[int]:
    """Places of the examples to explain, by what is decided for them."""
    rows = explainer.model.decode_rows(examples.rows(np.arange(len(examples))))
    predictions = Predictions(
        examples.ids,
        examples.entities,
        examples.targets,
        explainer.scores(rows),
        examples.forecast,
    )
    count = explainer.config.explain.num_examples
    seed = explainer.config.train.seed
    return [
        int(place) for place in select_examples(explainer.target, predictions, count, seed=seed)
    ]


def _candidates(examples: Examples, seed: int) -> Examples:
    """At most so many test examples that choosing among them does not mean scoring a million."""
    if len(examples) <= _MAX_CANDIDATES:
        return examples
    drawn = np.random.default_rng([seed, len(examples)]).choice(
        len(examples), _MAX_CANDIDATES, replace=False
    )
    return examples.take(np.sort(drawn).astype(np.int64))
