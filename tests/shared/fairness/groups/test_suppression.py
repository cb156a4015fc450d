from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shared.fairness.groups.suppression import COMPANION, suppression_reasons
from shared.fairness.stage import fairness_stage
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, run_context


def reasons(
    rows: list[int],
    totals: list[list[int]] | None = None,
    unknown: int | None = None,
    min_group_size: int = 20,
) -> list[str]:
    """Reasons for groups whose every row is an entity of its own."""
    sizes = np.array(rows)
    protected = [index != unknown for index in range(len(rows))]
    return suppression_reasons(
        sizes,
        sizes,
        totals or [list(range(len(rows)))],
        needs_protection=protected,
        withheld=[""] * len(rows),
        min_group_size=min_group_size,
    )


@pytest.mark.parametrize(("rows", "withheld"), [
    ([100, 50, 40], []),
    ([100, 50, 30, 5], [2, 3]),  # one alone would be the total minus the others
    ([100, 50, 30, 5, 4], [2, 3, 4]),  # two that are nine rows together would be known as nine rows
    ([100, 50, 15, 10], [2, 3]),  # two that are enough together
    ([100, 5], [0, 1]),
    ([100, 5, 0], [0, 1]),  # an empty group protects nobody
])  # fmt: skip
def test_withheld_groups_are_together_as_large_as_a_group_must_be(
    rows: list[int], withheld: list[int]
) -> None:
    assert [index for index, reason in enumerate(reasons(rows)) if reason] == withheld


def test_a_small_unknown_rest_costs_no_group_its_number_but_can_protect_one() -> None:
    assert reasons([100, 50, 3], unknown=2) == ["", "", "fewer than 20 rows"]
    assert reasons([100, 50, 3, 30], unknown=3) == ["", "", "fewer than 20 rows", COMPANION]


def test_cells_of_a_cross_table_are_protected_in_rows_and_columns() -> None:
    # a0 a1 a2 / b0 b1 b2; only a0 is small. Its row takes a1, its column b0, and those two each
    # need another.
    lines = [[0, 1, 2], [3, 4, 5], [0, 3], [1, 4], [2, 5]]
    found = reasons([5, 60, 70, 50, 65, 80], totals=[list(range(6)), *lines])
    for line in lines:
        hidden = [index for index in line if found[index]]
        assert len(hidden) != 1, (
            "the only withheld cell of a line is the line's total minus the rest"
        )


def test_no_small_group_can_be_worked_out_from_what_the_stage_publishes(tmp_path: Path) -> None:
    for seed in range(8):
        test = classified(seed)
        # The fewer rows the rarer the group.
        groups = np.array(["a", "b", "c", "d"])[
            np.random.default_rng(seed).choice(4, len(test), p=[0.5, 0.3, 0.14, 0.06])
        ]
        context = run_context(
            tmp_path / str(seed), test, groups={"site": groups}, privacy_group_size=20
        )
        fairness_stage(context)
        entries = context.run.read_json("fairness.json", maker="fairness")["attributes"][0][
            "groups"
        ]
        shown = {entry["group"]: entry for entry in entries if not entry["suppressed"]}
        wrong = CATEGORIES.row_errors(test)["error"]
        left = len(test) - sum(entry["n"] for entry in shown.values())
        left_errors = wrong.sum() - sum(
            entry["n"] * entry["metrics"]["error"]["value"] for entry in shown.values()
        )
        hidden = [group for group in np.unique(groups) if group not in shown]
        assert left_errors == pytest.approx(
            wrong[np.isin(groups, hidden)].sum()
        )  # that is all that subtraction gives
        assert len(hidden) != 1
        assert left == 0 or left >= 20


def test_withholding_a_group_that_is_large_enough_is_said(tmp_path: Path) -> None:
    test = classified(0)
    groups = np.array(["a"] * 120 + ["b"] * 70 + ["rare"] * 10)
    context = run_context(tmp_path, test, groups={"site": groups}, privacy_group_size=20)
    fairness_stage(context)
    entry = context.run.read_json("fairness.json", maker="fairness")["attributes"][0]
    assert entry["remarks"] == [
        "Withheld, and part of no largest difference below: b, rare.",
        "b: withheld so that a smaller group can not be worked out from the total.",
    ]
    assert [item["suppressed"] for item in entry["groups"]] == [False, True, True]


def test_unless_privacy_asks_for_it_a_small_group_has_its_number_and_no_test(
    tmp_path: Path,
) -> None:
    test = classified(0)
    groups = np.array(["a"] * 120 + ["b"] * 70 + ["rare"] * 10)
    context = run_context(tmp_path, test, groups={"site": groups})
    fairness_stage(context)
    entry = context.run.read_json("fairness.json", maker="fairness")["attributes"][0]
    rare = entry["groups"][2]
    wrong = CATEGORIES.row_errors(test)["error"][190:].mean()
    assert (rare["suppressed"], rare["not_tested"]) == (False, "fewer than 20 rows")
    assert rare["metrics"]["error"]["value"] == pytest.approx(wrong)
    assert rare["metrics"]["error"]["ci_low"] <= wrong <= rare["metrics"]["error"]["ci_high"]
    assert (rare["gaps"], rare["reference_gaps"], rare["power"]) == ({}, {}, None)
    assert f"Too few rows to be tested: 'rare' ({round(10 * wrong)} of 10)." in entry["explanation"]
