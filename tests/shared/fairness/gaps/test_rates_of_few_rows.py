from __future__ import annotations

import numpy as np
import pytest

from shared.contract import UNKNOWN
from shared.fairness.records.untested import untested_sentence
from shared.targets.predictions import Predictions
from tests.shared.fairness.gaps.rates import (
    BINARY,
    criterion_of,
    rates_of,
    sites,
    two_classes,
    values,
)


def test_too_few_positives_are_not_enough_data_though_the_group_is_large() -> None:
    test = two_classes(0)
    labels = np.where(np.arange(400) < 200, "a", "b")
    targets = test.targets.copy()
    targets[np.flatnonzero((labels == "b") & (targets == 1))[5:]] = (
        0  # five malignant cases remain in b, all of them found
    )
    scores = test.scores.copy()
    scores[(labels == "b") & (targets == 1)] = (-5.0, 5.0)
    rates = rates_of(BINARY, Predictions(test.ids, test.entities, targets, scores), labels)
    scarce = next(
        r for r in rates if (r.metric, r.of_class, r.group) == ("recall", "malignant", "b")
    )
    assert (scarce.gap, scarce.num_rows, scarce.not_tested) == (None, 5, "fewer than 20 rows")
    assert scarce.value is not None  # 5 of 5, which proves little: Wilson's interval
    assert (scarce.value.value, scarce.value.ci_high) == (1.0, 1.0)
    assert scarce.value.ci_low is not None
    assert scarce.value.ci_low < 0.57
    assert not scarce.is_tested
    # Nobody is left out of the largest difference; none is made up where only one group has rows.
    opportunity = criterion_of(rates, "equal opportunity")
    assert (opportunity.num_rates, opportunity.num_compared) == (2, 2)


def test_a_small_group_is_not_left_out_of_the_largest_difference() -> None:
    """8 of 18 against 96 % is the finding; over the groups of 20 rows it would be a small one."""
    test = two_classes(0)
    labels = np.where(np.arange(400) < 200, "light", "medium")
    dark = np.flatnonzero(test.targets == 1)[:18]
    labels[dark] = "dark"
    scores = test.scores.copy()
    scores[test.targets == 1] = (-5.0, 5.0)
    scores[dark[:10]] = (5.0, -5.0)
    rates = rates_of(BINARY, Predictions(test.ids, test.entities, test.targets, scores), labels)
    found = criterion_of(rates, "equal opportunity").largest
    assert found is not None
    assert (found.lowest, found.of_class) == ("dark", "malignant")
    assert found.difference == pytest.approx(10 / 18)
    said = untested_sentence([r for r in rates if r.metric == "recall"])
    assert said == " Too few rows to be tested: 'dark' (n = 18)."


def test_where_privacy_asks_for_it_a_small_cell_of_a_large_group_is_withheld_too() -> None:
    test = two_classes(0)
    labels = np.where(np.arange(400) < 200, "a", "b")
    targets = test.targets.copy()
    targets[np.flatnonzero((labels == "b") & (targets == 1))[5:]] = 0
    few = Predictions(test.ids, test.entities, targets, test.scores)
    rates = rates_of(BINARY, few, labels, privacy_size=20)
    (scarce,) = (
        r for r in rates if (r.metric, r.of_class, r.group) == ("recall", "malignant", "b")
    )
    assert (scarce.value, scarce.reason) == (None, "fewer than 20 rows")


def test_a_gap_to_a_rest_that_is_too_small_is_not_given() -> None:
    test = two_classes(0)
    labels = np.where(np.arange(400) < 200, "a", "b")
    targets = np.where((labels == "b") & (np.arange(400) >= 205), 0, test.targets)
    rates = rates_of(BINARY, Predictions(test.ids, test.entities, targets, test.scores), labels)
    rate = next(r for r in rates if (r.metric, r.of_class, r.group) == ("recall", "malignant", "a"))
    assert rate.value is not None
    assert rate.gap is None


def test_suppressed_groups_have_no_rates_nor_their_denominators() -> None:
    labels = sites(400, 0)
    labels[labels == "c"] = "b"
    labels[:5], labels[10:30] = (
        "c",
        "d",
    )  # d is withheld, because c would be the total minus the others
    assert {rate.group for rate in rates_of(BINARY, two_classes(0), labels, privacy_size=20)} == {
        "a",
        "b",
    }


def test_unknown_rows_take_no_part() -> None:
    test = two_classes(0)
    labels = sites(400, 0).astype(object)
    labels[:50] = UNKNOWN
    known = np.flatnonzero(labels != UNKNOWN)
    everyone, without = (
        rates_of(BINARY, test, labels.astype(str)),
        rates_of(BINARY, test.take(known), labels[known].astype(str)),
    )
    for metric in ("recall", "selection_rate"):
        assert values(everyone, metric, "malignant") == pytest.approx(
            values(without, metric, "malignant"), abs=1e-12
        )
