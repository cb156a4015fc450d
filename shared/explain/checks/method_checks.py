"""Whether explanations follow the model and nothing else: weights, seeds and noise are changed.

A few rows bear these checks, since each explains a row again; the record says how many and what
they cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from shared.config import ExplainMethod
from shared.errors import UserError
from shared.explain.checks.likeness import rank_correlation, sign_flips
from shared.explain.checks.randomised_weights import randomised
from shared.explain.checks.tiny_noise import with_tiny_noise
from shared.explain.explainer import Explainer
from shared.explain.game.game import Game
from shared.explain.game.together import Steps, run_alone, run_together
from shared.explain.methods.choice import evaluations_of
from shared.run.artefacts.explanations.checks import (
    MethodChecks,
    RandomisedPart,
    RandomisedWeights,
    Stability,
)
from shared.run.progress import Progress
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Estimate, Interval, Measure
from shared.statistics.means import mean_statistic

__all__ = ["MOST_CHECKED_ROWS", "CheckedRow", "check_method"]

MOST_CHECKED_ROWS = 6
_MOST_SEED_ROWS = 3
"""Another seed costs a whole explanation a row, the other checks a brief one."""
_DRAWN: tuple[ExplainMethod, ...] = ("shap_permutation", "expected_gradients")
"""What draws at random: of other methods another seed changes nothing, and proves nothing."""
_ORDERS = 3
"""Random orders of an explanation that is compared with another of the same orders: what drawing
leaves is the same in both."""


Result = TypeVar("Result")


@dataclass(frozen=True)
class CheckedRow:
    """A row that was explained before.

    Attributes:
        entity: Whose it is.
        game: Of the row.
        method: Which explained it.
        values: (segments,) float64, its attributions.
        seed: That they were drawn with.
    """

    entity: str
    game: Game
    method: ExplainMethod
    values: NDArray[np.float64]
    seed: int


@dataclass(frozen=True)
class _Likeness:
    """Of one row to itself under a change; NaN where it can't be told."""

    entity: str
    correlation: float
    flips: float


def check_method(
    explainer: Explainer,
    rows: Sequence[CheckedRow],
    resampling: Resampling,
    progress: Progress,
) -> MethodChecks:
    """Explain rows again with another seed, under tiny noise, and of models that know nothing.

    Args:
        explainer: Of the run.
        rows: At most `MOST_CHECKED_ROWS` of them are used.
        resampling: Of entities, for the intervals.
        progress: Where progress is told.
    """
    used = rows[:MOST_CHECKED_ROWS]
    parts = get_args(RandomisedPart)
    steps = 2 + len(parts)
    checks = _Checks(explainer, resampling)
    progress.update(0, steps, "checking: another seed")
    drawn = [row for row in used if row.method in _DRAWN][:_MOST_SEED_ROWS]
    other_seed = checks.stability("another seed", [checks.other_seed(row) for row in drawn])
    progress.update(1, steps, "checking: tiny noise")
    brief = _all_of([checks.brief(row) for row in used])
    pairs = list(zip(used, brief, strict=True))
    noise = checks.stability("tiny noise", [checks.noise(row, values) for row, values in pairs])
    stages = []
    for step, part in enumerate(parts, start=2):
        progress.update(step, steps, f"checking: shuffled weights, {part}")
        stages.append(checks.randomised(part, pairs))
    return MethodChecks(
        rows=len(used),
        evaluations=checks.evaluations,
        stability=tuple(one for one in (other_seed, noise) if one.n),
        randomised=tuple(one for one in stages if one.n),
    )


class _Checks:
    """One check a method; counts what they cost."""

    def __init__(self, explainer: Explainer, resampling: Resampling) -> None:
        self.explainer = explainer
        self.resampling = resampling
        self.evaluations = 0

    def brief(self, row: CheckedRow) -> Steps[NDArray[np.float64]]:
        """An explanation of few orders, to compare with others of the same orders."""
        return self._explain(row, row.game)

    def other_seed(self, row: CheckedRow) -> Steps[_Likeness]:
        """The row's own explanation beside one that cost as much and drew something else."""
        budget = self.explainer.config.explain.max_evaluations
        game = row.game.anew()
        found = yield from self.explainer.attribute(
            game, budget, seed=row.seed + 1, method=row.method
        )
        self.evaluations += game.score.evaluations + found.num_gradients
        return _likeness(row, row.values, game.spread(found.values))

    def noise(self, row: CheckedRow, before: NDArray[np.float64]) -> Steps[_Likeness]:
        """The row beside itself with tiny noise."""
        noisy = with_tiny_noise(row.game.row, seed=row.seed)
        if noisy is None:
            return _Likeness(row.entity, np.nan, np.nan)
        game = yield from self.explainer.game(noisy, question=row.game.question)
        after = yield from self._explain(row, game)
        return _likeness(row, before, after)

    def randomised(
        self, part: RandomisedPart, pairs: Sequence[tuple[CheckedRow, NDArray[np.float64]]]
    ) -> RandomisedWeights:
        """How alike explanations stay when weights of a part are shuffled, for each row anew."""
        found = []
        for row, before in pairs:
            with randomised(self.explainer.model, part, seed=row.seed):
                found.append(self._of_spoiled(row, before))
        correlation, _ = self._means(found)
        return RandomisedWeights(part=part, correlation=correlation, n=_count(found))

    def stability(self, change: str, works: Sequence[Steps[_Likeness]]) -> Stability:
        """Means over rows, with intervals."""
        found = _all_of(works)
        correlation, flips = self._means(found)
        return Stability(change=change, correlation=correlation, sign_flips=flips, n=_count(found))

    def _of_spoiled(self, row: CheckedRow, before: NDArray[np.float64]) -> _Likeness:
        try:
            again = row.game.anew()
            return _likeness(row, before, run_alone(self._explain(row, again)))
        except UserError:  # of shuffled weights some give no numbers: nothing to compare
            return _Likeness(row.entity, np.nan, np.nan)

    def _explain(self, row: CheckedRow, game: Game) -> Steps[NDArray[np.float64]]:
        budget = evaluations_of(
            row.method,
            game.score.num_segments,
            orders=_ORDERS,
            at_most=self.explainer.config.explain.max_evaluations,
        )
        before = game.score.evaluations
        found = yield from self.explainer.attribute(game, budget, seed=row.seed, method=row.method)
        self.evaluations += game.score.evaluations - before + found.num_gradients
        return game.spread(found.values)

    def _means(self, found: Sequence[_Likeness]) -> tuple[Estimate, Estimate]:
        """Of the rank correlation and of the share of signs that flip."""
        columns = np.array([(one.correlation, one.flips) for one in found]).reshape(-1, 2)
        known = np.isfinite(columns).all(axis=1)
        if not known.any():
            return Estimate(value=None), Estimate(value=None)
        entities = np.array([one.entity for one in found], dtype=np.str_)[known]
        codes, num_entities = entity_codes(entities)
        measures = [
            Measure("correlation", num_entities, low=-1.0, high=1.0),
            Measure("flips", num_entities, low=0.0, high=1.0),
        ]
        statistic = mean_statistic(measures, columns[known], codes, num_entities)
        means = estimates([statistic], num_entities, self.resampling)
        correlations, flips = columns[known].T
        return (
            _as_sure_as_it_is(means["correlation"], correlations),
            _as_sure_as_it_is(means["flips"], flips),
        )


def _all_of(works: Sequence[Steps[Result]]) -> list[Result]:
    """Results in the order of the work; what one row refuses stops all, as each was explained."""
    found: dict[int, Result] = {}
    for place, outcome in run_together(works):
        if isinstance(outcome, UserError | OSError):
            raise outcome
        found[place] = outcome
    return [found[place] for place in sorted(found)]


def _as_sure_as_it_is(mean: Estimate, values: NDArray[np.float64]) -> Estimate:
    """Where several rows agree to the last bit, as under noise that changes no order: no width."""
    if mean.interval is not None or len(values) < 2 or np.ptp(values) > 0.0:
        return mean
    only = float(values[0])
    return Estimate.of(only, Interval(only, only), "all rows agree")


def _likeness(
    row: CheckedRow, before: NDArray[np.float64], after: NDArray[np.float64]
) -> _Likeness:
    """NaN too where a change of the row changed its segments."""
    if len(before) != len(after):
        return _Likeness(row.entity, np.nan, np.nan)
    correlation = rank_correlation(before, after, row.game.visible)
    return _Likeness(row.entity, correlation, sign_flips(before, after))


def _count(found: Sequence[_Likeness]) -> int:
    return sum(bool(np.isfinite(one.correlation + one.flips)) for one in found)
