from __future__ import annotations

import numpy as np
import pandas as pd

from shared.run.artefacts.calibration_file import OperatingPoint
from shared.serving.batch.answers import Answers, join_answers
from shared.serving.batch.score_table import score_table
from shared.targets import Categories

CLASSES = Categories(names=("benign", "melanoma"))


def _answers(melanoma: list[float], errors: dict[int, str] | None = None) -> Answers:
    errors = errors or {}
    num_rows = len(melanoma) + len(errors)
    rows = [row for row in range(num_rows) if row not in errors]
    probabilities = np.array([[1 - p, p] for p in melanoma], np.float32).reshape(-1, 2)
    names = np.array(CLASSES.names, dtype=object)[probabilities.argmax(axis=1)]
    return Answers(
        np.array([f"row {row}" for row in range(num_rows)]),
        np.array(rows, np.int64),
        {"probabilities": probabilities, "class_name": names},
        errors,
    )


def _point(goal: str, requested: float, threshold: float | None) -> OperatingPoint:
    return OperatingPoint.model_validate(
        {"class_index": 1, "goal": goal, "requested": requested, "threshold": threshold}
    )


def test_each_operating_point_has_a_column_that_says_if_it_is_reached() -> None:
    points = [_point("sensitivity", 0.95, 0.1), _point("false alarms", 0.005, 0.9)]
    table = score_table(CLASSES, _answers([0.1, 0.05, 0.95], {1: "damaged"}), points)
    assert table["decision"].tolist()[::2] == ["benign", "benign"]
    expected = pd.Series(["yes", None, "no", "yes"], dtype="str")
    assert table["alarm_melanoma_sensitivity_95"].equals(expected)
    expected = pd.Series(["no", None, "no", "yes"], dtype="str")
    assert table["alarm_melanoma_false_alarms_0.5"].equals(expected)


def test_a_point_that_validation_could_not_choose_has_no_column() -> None:
    table = score_table(CLASSES, _answers([0.5]), [_point("sensitivity", 0.95, None)])
    assert not [name for name in table.columns if name.startswith("alarm")]


def test_a_threshold_is_reached_by_the_row_that_it_was_taken_from() -> None:
    probability = 0.1 + 0.2  # not a number of 32 bits
    table = score_table(
        CLASSES, _answers([probability]), [_point("sensitivity", 0.95, probability)]
    )
    assert table["alarm_melanoma_sensitivity_95"].tolist() == ["yes"]


def test_joined_answers_keep_their_places() -> None:
    joined = join_answers([_answers([0.1], {0: "first"}), _answers([0.2], {1: "last"})])
    table = score_table(CLASSES, joined)
    assert table["error"].fillna("").tolist() == ["first", "", "", "last"]
    np.testing.assert_allclose(table["probability_melanoma"], [np.nan, 0.1, 0.2, np.nan], rtol=1e-6)


def test_columns_are_the_same_without_any_answer() -> None:
    some = score_table(CLASSES, _answers([0.1]))
    none = score_table(CLASSES, _answers([], {0: "damaged"}))
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
