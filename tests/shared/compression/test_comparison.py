from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from shared.compression.comparison import compare_with
from shared.config import EvaluateConfig, RunConfig
from shared.run.artefacts.compression.record import ComparisonRecord
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import classified, forecast, run_context

_CONFIG = RunConfig(evaluate=EvaluateConfig(resamples=200))


def _compared(folder: Path, small: Predictions, other: Predictions) -> ComparisonRecord:
    parity = np.where(np.arange(len(other)) % 2 == 0, "even", "odd")
    groups = {"parity": parity}
    ours = run_context(folder / "small", small, groups=groups).run
    theirs = run_context(folder / "other", other, groups=groups).run
    return compare_with(ours, theirs, _CONFIG, against="the full model")


def test_the_group_that_pays_is_named(tmp_path: Path) -> None:
    full = classified(0, num_entities=200, skill=4.0)
    scores = full.scores.copy()
    scores[1::2] = np.random.default_rng(0).normal(size=scores[1::2].shape)
    found = _compared(tmp_path, full.with_scores(scores), full)
    even, odd = found.groups
    assert (even.group, even.loss.value, odd.group) == ("even", 0.0, "odd")
    assert odd.loss.ci_low is not None and odd.loss.ci_low > 0.4
    assert found.verdict.status == "contradicted"
    assert "odd" in found.verdict.detail
    assert found.group_confidence == 1.0 - 0.05 / 2


def test_no_changed_row_proves_no_more_than_its_number(tmp_path: Path) -> None:
    full = classified(0, num_entities=40, skill=4.0)
    nearly = full.with_scores(full.scores * np.float32(1.0001))
    found = _compared(tmp_path, nearly, full)
    even = found.groups[0]
    assert even.loss.value == 0.0
    assert even.loss.ci_high is not None and even.loss.ci_high > 0.05
    for name in ("accuracy", "balanced_accuracy"):
        difference = found.metric(name).difference
        assert difference.ci_high is not None and 0.02 < difference.ci_high < 0.1
        assert difference.ci_low == -difference.ci_high
    assert found.verdict.status == "care"


def test_the_same_model_is_as_good_for_everyone(tmp_path: Path) -> None:
    full = classified(0)
    found = _compared(tmp_path, replace(full), full)
    assert (found.verdict.status, found.verdict.answer[:3]) == ("shown", "Yes")


def test_losses_of_forecasts_are_errors_in_standard_deviations(tmp_path: Path) -> None:
    full = forecast(0, num_entities=40)
    worse = full.with_scores(full.scores + np.float32(4.0))
    found = _compared(tmp_path, worse, full)
    assert found.group_error[0] == "mae_standardised"
    assert all((group.loss.value or 0.0) > 1.0 for group in found.groups)
    assert found.verdict.status == "contradicted"
