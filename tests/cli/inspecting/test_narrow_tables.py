"""What is said about a table does not depend on how narrow its columns are."""

from __future__ import annotations

from types import SimpleNamespace
from unittest import mock

from cli import inspection
from cli.inspection import Inspected, print_datasheet
from shared.reporting.page import make_table
from tests.cli.inspecting.consoles import narrow_console

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
