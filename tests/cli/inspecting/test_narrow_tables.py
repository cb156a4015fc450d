"""What is said about a table does not depend on how narrow its columns are."""

from __future__ import annotations

from types import SimpleNamespace
from unittest import mock

from cli import inspection
from cli.inspection import Inspected, print_datasheet
from shared.datasheet.datasheet import make_datasheet
from shared.reporting.page import make_table
from tests.cli.inspecting.consoles import narrow_console
from tests.shared.datasheet.invented import Part, make_splits

CAPTION = "Targets that were not observed are masked, and every known covariate is there"


def test_a_title_and_the_way_to_the_rest_are_not_broken_at_the_width_of_two_columns() -> None:
    table = make_table(CAPTION, ("a", "#b"), [("x", "1")] * 40)
    view = SimpleNamespace(
        facts=(), basics=(table,), findings=(), listed=None, remarks=(), leaks=()
    )
    console, shown = narrow_console()
    with mock.patch.object(inspection, "view_datasheet", return_value=view):
        print_datasheet(console, Inspected(mock.Mock(), ()))
    lines = [line.strip() for line in shown.getvalue().splitlines()]
    assert CAPTION in lines
    assert "… 10 more in datasheet.html" in lines


def test_repeats_are_counted_and_only_the_first_are_listed() -> None:
    texts = [f"text {number // 4}" for number in range(40)]
    train = Part(texts, [0, 1, 1, 1] * 10)
    made = make_datasheet(make_splits(train, Part(["d", "e"], [0, 1]), Part(["f", "g"], [0, 1])))
    console, shown = narrow_console()
    print_datasheet(console, Inspected(made, ()))
    lines = [line.strip() for line in shown.getvalue().splitlines()]
    assert "The first of 10 groups: several labels and several splits before others" in lines
    assert sum(line.startswith("equal") for line in lines) == 3
    assert sum(line.endswith("and 2 more") for line in lines) == 3
    assert "Intervals, and all that is folded here: datasheet.html" in lines


def test_a_long_name_is_folded_and_an_interval_left_to_the_page() -> None:
    name = "Donaudampfschifffahrtsgesellschaft" * 3
    texts = [f"text {number}" for number in range(8)]
    train = Part(texts, [0, 1] * 4, groups={"place": [name] * 8})
    some = {"place": [name] * 2}
    val, test = (Part(pair, [0, 1], groups=some) for pair in (["d", "e"], ["f", "g"]))
    console, shown = narrow_console()
    print_datasheet(console, Inspected(make_datasheet(make_splits(train, val, test)), ()))
    assert "…" not in shown.getvalue()
    assert "% (" not in shown.getvalue()
