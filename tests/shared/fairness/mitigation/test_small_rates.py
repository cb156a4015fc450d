from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shared.contract import UNKNOWN
from shared.fairness.mitigation.small_rates import ComparedRows, RateSizes, small_rates
from shared.run.artefacts.fairness.mitigations import SmallRateRecord
from shared.targets.predictions import Predictions
from tests.shared.fairness.gaps.rates import BINARY

_SIZES = RateSizes(compared=20, shown=0, confidence=0.95)
_TARGETS = np.array([0] * 40 + [1] * 40 + [0] * 6 + [1] * 12)
_LABELS = np.array(["a"] * 80 + ["b"] * 18)
_PREDICTED = np.where(np.arange(98) >= 90, 0, _TARGETS)  # of b, 8 of 12 are missed


def _rows(compared: tuple[str, ...]) -> ComparedRows:
    names = np.arange(98).astype(np.str_)
    predictions = Predictions(names, names, _TARGETS, np.zeros((98, 2), dtype=np.float32))
    is_compared = np.isin(_LABELS, compared)
    labels = np.where(is_compared, _LABELS, UNKNOWN)
    return ComparedRows.of(predictions, labels, np.where(is_compared, UNKNOWN, _LABELS))


def _counts(rates: tuple[SmallRateRecord, ...]) -> dict[tuple[str, str, str | None], str]:
    return {
        (rate.group, rate.metric, rate.of_class): f"{round((rate.value or 0) * rate.n)} of {rate.n}"
        for rate in rates
    }


@pytest.mark.parametrize("compared", [("a",), ("a", "b")])
def test_a_group_of_few_rows_is_shown_with_all_its_counts(compared: tuple[str, ...]) -> None:
    rates = small_rates(BINARY, _PREDICTED, _rows(compared), _SIZES)
    assert _counts(rates) == {
        ("b", "accuracy", None): "10 of 18",
        ("b", "recall", "benign"): "6 of 6",
        ("b", "recall", "malignant"): "4 of 12",
        ("b", "false_positive_rate", "benign"): "8 of 12",
        ("b", "false_positive_rate", "malignant"): "0 of 6",
    }
    assert all(rate.ci_low is not None and rate.ci_high is not None for rate in rates)


def test_rates_that_protect_their_members_are_not_shown() -> None:
    protected = replace(_SIZES, shown=10)
    rates = small_rates(BINARY, _PREDICTED, _rows(("a",)), protected)
    assert {rate.n for rate in rates} == {12, 18}
