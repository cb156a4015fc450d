from __future__ import annotations

import numpy as np
import pytest

from shared.evaluation.decisions.reliability_tables import class_reliability
from shared.targets import Categories
from shared.targets.reliability import calibration_error
from tests.shared.as_json import as_json
from tests.shared.evaluation.predicted_run import CATEGORIES, classified

_TEST = classified(0, num_entities=60)


def test_bins_of_each_class_add_up_to_its_rows_and_to_its_calibration_error() -> None:
    probabilities = CATEGORIES.probabilities(_TEST.scores)
    for c, item in enumerate(as_json(class_reliability(CATEGORIES, _TEST, 0.95))):
        truth = (_TEST.targets == c).astype(np.float64)
        assert item["name"] == CATEGORIES.names[c]
        assert sum(entry["n"] for entry in item["bins"]) == len(_TEST)
        assert sum(entry["n"] * entry["value"] for entry in item["bins"]) == pytest.approx(
            truth.sum()
        )
        error = sum(
            entry["n"] * abs(entry["stated"] - entry["value"]) for entry in item["bins"]
        ) / len(_TEST)
        assert error == pytest.approx(calibration_error(probabilities[:, c], truth))


def test_of_two_classes_the_second_stands_for_both() -> None:
    binary = _TEST.take(np.flatnonzero(_TEST.targets < 2))
    binary = binary.with_scores(binary.scores[:, :2])
    assert [
        item["name"]
        for item in as_json(class_reliability(Categories(names=("no", "yes")), binary, 0.95))
    ] == ["yes"]


def test_rows_of_one_entity_have_shares_but_no_interval() -> None:
    alone = classified(0, num_entities=1, rows_each=40)
    for item in as_json(class_reliability(CATEGORIES, alone, 0.95)):
        assert all(entry["ci_low"] is None and entry["value"] is not None for entry in item["bins"])
