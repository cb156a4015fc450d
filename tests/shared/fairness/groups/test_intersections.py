from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.contract import UNKNOWN
from shared.fairness.stage import fairness_stage
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, run_context


def assessed(
    path: Path,
    test: Predictions,
    groups: dict[str, np.ndarray],
    conditions: Sequence[str] = (),
    *,
    privacy_group_size: int = 0,
) -> dict[str, Any]:
    context = run_context(
        path, test, groups=groups, conditions=conditions, privacy_group_size=privacy_group_size
    )
    fairness_stage(context)
    document: dict[str, Any] = context.run.read_json("fairness.json", maker="fairness")
    return document


def halves(test: Predictions, *, period: int) -> np.ndarray:
    """Groups of entities that alternate with the given period, so that two periods cross evenly."""
    codes = np.unique(test.entities, return_inverse=True)[1]
    return np.where(codes // period % 2 == 0, "x", "y")


def spoilt(test: Predictions, rows: np.ndarray, share: float) -> Predictions:
    generator = np.random.default_rng(3)
    hit = np.flatnonzero(rows & (generator.random(len(test)) < share))
    scores = test.scores.copy()
    scores[hit] = generator.permuted(scores[hit], axis=1)
    return test.with_scores(scores)


def test_a_gap_that_neither_attribute_shows_is_found_where_they_cross(tmp_path: Path) -> None:
    test = classified(0, num_entities=160)
    first, second = halves(test, period=1), halves(test, period=2)
    # Bad for x × x and y × y: each half of each attribute fares the same.
    document = assessed(tmp_path, spoilt(test, first == second, 0.5), {"sex": first, "age": second})
    assert [entry["verdict"] for entry in document["attributes"]] == [
        "inconclusive",
        "inconclusive",
    ]
    entry = document["intersections"][0]
    assert (entry["attribute"], entry["verdict"]) == ("sex × age", "gap found")
    assert entry["worst_group"] in ("x × x", "y × y")
    assert (document["families"]["people"]["size"], document["intersection_family"]["size"]) == (
        2,
        1,
    )


def test_cells_hold_the_rows_of_both_groups(tmp_path: Path) -> None:
    test = classified(0, num_entities=80)
    first, second = halves(test, period=1).astype(object), halves(test, period=2)
    first[:10] = UNKNOWN
    wrong = CATEGORIES.row_errors(test)["error"]
    groups = {
        item["group"]: item
        for item in assessed(tmp_path, test, {"a": first, "b": second})["intersections"][0][
            "groups"
        ]
    }
    assert sorted(groups) == [UNKNOWN, "x × x", "x × y", "y × x", "y × y"]
    for name in ("x × y", "y × y"):
        rows = (first == name[0]) & (second == name[-1])
        assert groups[name]["n"] == rows.sum()
        assert groups[name]["metrics"]["error"]["value"] == pytest.approx(
            wrong[rows].mean(), abs=1e-12
        )


def test_an_attribute_that_can_not_be_compared_is_crossed_with_nothing(tmp_path: Path) -> None:
    test = classified(0)
    rare = np.where(np.arange(len(test)) < 10, "rare", "common")
    assert (
        assessed(tmp_path, test, {"sex": halves(test, period=1), "age": rare})["intersections"]
        == []
    )


@pytest.mark.parametrize(("conditions", "crossed"), [
    ((), ["a × b", "a × c", "b × c"]),
    (("c",), ["a × b"]),
    (("a", "b", "c"), ["a × b", "a × c", "b × c"]),
])  # fmt: skip
def test_attributes_of_people_are_crossed_and_conditions_only_where_nothing_is_about_people(
    tmp_path: Path, conditions: tuple[str, ...], crossed: list[str]
) -> None:
    test = classified(0, num_entities=80)
    columns = {name: halves(test, period=period) for name, period in (("a", 1), ("b", 2), ("c", 4))}
    document = assessed(tmp_path, test, columns, conditions)
    assert [entry["attribute"] for entry in document["intersections"]] == crossed


def test_small_cells_can_not_be_worked_out_from_either_attribute(tmp_path: Path) -> None:
    for seed in range(6):
        test = classified(seed, num_entities=60)
        generator = np.random.default_rng(seed)
        columns = {
            name: generator.choice(list("abc"), len(test), p=[0.6, 0.28, 0.12])
            for name in ("first", "second")
        }
        document = assessed(tmp_path / str(seed), test, columns, privacy_group_size=20)
        shown = {
            tuple(item["group"].split(" × "))
            for item in document["intersections"][0]["groups"]
            if not item["suppressed"]
        }
        hidden = {
            item["group"]
            for item in document["intersections"][0]["groups"]
            if item["reason"].startswith("fewer")
        }
        assert hidden, "the test is about small cells, and there are none"
        for side, name in enumerate(columns):
            for value in np.unique(columns[name]):
                line = [(value, other) if side == 0 else (other, value) for other in "abc"]
                left = [cell for cell in line if cell not in shown]
                rows = sum(
                    ((columns["first"] == one) & (columns["second"] == two)).sum()
                    for one, two in left
                )
                assert len(left) != 1
                assert not left or rows >= 20


def test_too_many_intersections_are_named_and_not_looked_at(tmp_path: Path) -> None:
    test = classified(0, num_entities=80)
    columns = {f"a{period}": halves(test, period=period) for period in (1, 2, 3, 4, 5, 6)}
    document = assessed(tmp_path, test, columns)
    assert len(document["intersections"]) == 10
    assert "'a5 × a6' was not looked at: at most 10 intersections are." in document["notes"]


def test_intersections_with_too_many_groups_are_named(tmp_path: Path) -> None:
    test = classified(0, num_entities=400)
    codes = np.unique(test.entities, return_inverse=True)[1]
    columns = {"day": (codes % 8).astype(str), "site": (codes // 8 % 7).astype(str)}
    document = assessed(tmp_path, test, columns)
    assert document["intersections"] == []
    assert document["notes"][-1] == "'day × site' would have 56 groups; at most 50 can be compared."
