from __future__ import annotations

import pytest

from shared.contract import Problem
from shared.errors import DataError
from shared.loading.splits.quarantine import describe_problem, enforce_quarantine


def _problems(num: int) -> list[Problem]:
    return [Problem(f"{index}.jpg", "truncated") for index in range(num)]


def test_nothing_wrong_is_nothing_set_aside() -> None:
    assert enforce_quarantine([], num_inputs=0, max_share=0.0) == ()


@pytest.mark.parametrize(
    ("num_inputs", "max_share"), [(100, 0.29), (100, 0.07), (1000, 0.001), (3, 1 / 3)]
)
def test_exactly_the_stated_share_is_set_aside(num_inputs: int, max_share: float) -> None:
    problems = _problems(round(num_inputs * max_share))
    assert enforce_quarantine(problems, num_inputs=num_inputs, max_share=max_share) == tuple(
        problems
    )


def test_one_more_than_the_stated_share_stops_the_run_and_names_the_first_few() -> None:
    with pytest.raises(DataError) as caught:
        enforce_quarantine(_problems(8), num_inputs=100, max_share=0.07)
    assert (
        str(caught.value)
        == "8 of 100 inputs can't be used; at most 7.0% may be set aside:\n  0.jpg: truncated\n "
        " 1.jpg: truncated\n  2.jpg: truncated\n  3.jpg: truncated\n  4.jpg: truncated\n  … and"
        " 3 more\nRepair or remove them, or raise the limit with --set"
        " data.max_quarantine_share=0.08"
    )


def test_no_limit_is_high_enough_if_nothing_usable_is_left() -> None:
    with pytest.raises(DataError, match=r"3 of 3 inputs can't be used"):
        enforce_quarantine(_problems(3), num_inputs=3, max_share=1.0)


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (Problem("a.csv", "empty"), "a.csv: empty"),
        (Problem("a.csv", "empty", row=3), "a.csv, row 3: empty"),
        (
            Problem("a.csv", "not a number", row=3, field="age"),
            "a.csv, row 3, field 'age': not a number",
        ),
    ],
)
def test_problem_is_one_line_with_file_row_and_field(problem: Problem, expected: str) -> None:
    assert describe_problem(problem) == expected
