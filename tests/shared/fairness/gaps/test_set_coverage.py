from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.calibration.conformal import class_sets, conformal_quantile, rows_needed, set_thresholds
from shared.fairness.gaps.set_coverage import ValidationRows, group_set_coverage
from shared.run.artefacts.calibration_file import SetRule
from shared.statistics.bootstrap import Resampling
from shared.targets import Categories
from shared.targets.predictions import Predictions

_TARGET = Categories(names=("a", "b", "c"))
_RESAMPLING = Resampling(200, 0.95, (0,))


def drawn(seed: int, n: int) -> tuple[Predictions, np.ndarray]:
    """Group "hard" (a quarter of the rows) is told apart much worse, and the scores do not know it."""
    generator = np.random.default_rng(seed)
    labels = np.where(np.arange(n) % 4 == 0, "hard", "easy")
    targets = generator.integers(0, 3, n)
    scores = (
        generator.normal(size=(n, 3))
        + np.where(labels == "hard", 0.2, 3.0)[:, None] * np.eye(3)[targets]
    )
    names = np.arange(n).astype(str)
    return Predictions(names, names, targets, (2.0 * scores).astype(np.float32)), labels


def fitted(num_val: int, by: str = "all") -> ValidationRows:
    val, labels = drawn(1, num_val)
    probabilities = _TARGET.probabilities(val.scores)
    thresholds = set_thresholds(probabilities, val.targets, 0.9, by_class=by == "class")
    rule = SetRule.model_validate(
        {"coverage": 0.9, "by": by, "thresholds": tuple(thresholds.tolist())}
    )
    return ValidationRows(rule, probabilities, val.targets, labels, min_group_size=20)


def measured(num_val: int = 2000, by: str = "all") -> dict[str, dict[str, Any]]:
    test, labels = drawn(2, 2000)
    rows = group_set_coverage(
        _TARGET, test, labels, ["easy", "hard"], fitted(num_val, by), _RESAMPLING
    )
    return {row.group: row.model_dump() for row in rows}


def test_sets_of_everybody_break_their_promise_to_the_group_that_the_model_knows_least() -> None:
    rows = measured()
    assert (
        rows["hard"]["deployed"]["coverage"]["ci_high"]
        < 0.9
        < rows["easy"]["deployed"]["coverage"]["ci_low"]
    )


def test_sets_of_its_own_keep_the_promise_to_each_group_at_the_price_of_their_size() -> None:
    rows = measured()
    assert (
        rows["hard"]["own"]["coverage"]["ci_low"] < 0.9 < rows["hard"]["own"]["coverage"]["ci_high"]
    )
    assert rows["easy"]["own"]["coverage"]["ci_high"] > 0.9
    assert (
        rows["hard"]["own"]["mean_size"]["ci_low"]
        > rows["hard"]["deployed"]["mean_size"]["ci_high"]
    )
    assert (
        rows["easy"]["own"]["mean_size"]["value"] < rows["easy"]["deployed"]["mean_size"]["value"]
    )


def test_numbers_are_those_counted_by_hand() -> None:
    sets, (test, labels) = fitted(2000), drawn(2, 2000)
    inside = sets.labels == "hard"
    scores = 1.0 - sets.probabilities[inside, sets.targets[inside]]
    part = test.take(np.flatnonzero(labels == "hard"))
    counted = class_sets(
        _TARGET.probabilities(part.scores),
        np.full(3, 1.0 - conformal_quantile(scores, 0.9)),
        _TARGET.decide(part.scores),
    )
    row = measured()["hard"]
    assert row["num_val"] == 500
    assert row["own"]["coverage"]["n"] == 500
    assert row["own"]["coverage"]["value"] == pytest.approx(
        counted[np.arange(500), part.targets].mean(), abs=1e-12
    )
    assert row["own"]["mean_size"]["value"] == pytest.approx(counted.sum(axis=1).mean(), abs=1e-12)


def test_a_group_with_too_few_validation_rows_is_answered_in_words() -> None:
    row = measured(num_val=60)["hard"]
    assert row["own"] is None
    assert row["reason"] == "15 validation rows, of which 20 are needed for a threshold of its own"
    assert row["deployed"]["coverage"]["value"] is not None


def test_sets_by_class_need_rows_of_each_class_in_the_group() -> None:
    row = measured(num_val=80, by="class")["hard"]
    assert row["own"] is None
    assert row["reason"].endswith("validation rows of one class, of which 9 are needed for each")
    assert measured(by="class")["hard"]["own"]["coverage"]["ci_high"] > 0.9


@pytest.mark.parametrize(("coverage", "rows"), [(0.9, 9), (0.95, 19), (0.8, 4)])
def test_rows_needed_are_the_fewest_with_a_finite_threshold(coverage: float, rows: int) -> None:
    assert rows_needed(coverage) == rows
    assert np.isfinite(conformal_quantile(np.arange(rows, dtype=float), coverage))
    assert np.isinf(conformal_quantile(np.arange(rows - 1, dtype=float), coverage))
