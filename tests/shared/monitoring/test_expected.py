from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.monitoring.expected import expected_outcomes
from shared.monitoring.scored_rows import ScoredRows
from shared.targets import Horizon
from tests.shared.monitoring.invented_rows import CLASSES, scored_rows

_QUANTILES = tuple(level / 10 for level in range(1, 10))
_OF_NORMAL = np.array([-1.2816, -0.8416, -0.5244, -0.2533, 0, 0.2533, 0.5244, 0.8416, 1.2816])
_TARGET = Horizon(
    steps=4,
    channels=("a", "b"),
    unit="kW",
    step_seconds=3600,
    season_steps=2,
    quantiles=_QUANTILES,
)


def _forecasts(seed: int, sigma: float, *, truth_sigma: float | None = None) -> ScoredRows:
    """360 windows of an honest model that says N(0, σ); channel b is twice as wide."""
    generator = np.random.default_rng(seed)
    scales = np.array([1.0, 2.0]) * sigma
    levels = np.concatenate([[0.0], _OF_NORMAL])
    scores = np.broadcast_to(scales[:, None] * levels, (360, 4, 2, 10))
    wide = np.array([1.0, 2.0]) * (truth_sigma or sigma)
    targets = generator.normal(size=(360, 4, 2)) * wide
    return replace(scored_rows(seed), scores=scores.copy(), targets=targets)


def test_expected_accuracy_is_the_mean_confidence_and_says_what_it_assumes() -> None:
    new = scored_rows(1)
    (found,) = expected_outcomes(CLASSES, new, scored_rows(2), 0.95)
    assert found.new.value is not None
    assert np.isclose(found.new.value, CLASSES.confidence(new.scores).mean())
    assert "can't be seen without labels" in found.assumes


def test_the_error_of_unsure_days_is_expected_without_their_truth() -> None:
    new = _forecasts(1, 3.0)
    blind = replace(new, targets=np.full_like(new.targets, np.nan))
    found = expected_outcomes(_TARGET, blind, _forecasts(2, 1.0), 0.95)
    assert [one.name for one in found] == ["mean absolute error of a", "mean absolute error of b"]
    for c, one in enumerate(found):
        truth = float(np.abs(new.targets[..., c]).mean())
        assert one.new.ci_low is not None and one.new.ci_high is not None
        assert one.new.ci_low < truth < one.new.ci_high
        assert one.measured.value is not None and one.measured.value < truth / 2.5


def test_what_the_model_does_not_know_of_is_not_seen_and_said() -> None:
    """Errors treble, the quantiles stay: only labels show that."""
    (first, _) = expected_outcomes(
        _TARGET, _forecasts(1, 1.0, truth_sigma=3.0), _forecasts(2, 1.0), 0.95
    )
    assert first.new.value == pytest.approx(first.measured.value)
    assert "can't be seen without the truth" in first.assumes


def test_without_quantiles_nothing_is_expected() -> None:
    target = _TARGET.model_copy(update={"quantiles": ()})
    rows = _forecasts(1, 1.0)
    bare = replace(rows, scores=rows.scores[..., :1])
    assert expected_outcomes(target, bare, bare, 0.95) == ()
