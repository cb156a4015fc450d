"""Whatever stands in a table as a name either is refused with its row, or can be shown on a page."""

from __future__ import annotations

import pandas as pd
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.datasheet.datasheet import make_datasheet
from shared.loading.name_columns import find_unprintable, group_value, tidy_names
from shared.names import is_printable
from shared.reporting.charts.svg import chart_style, inline_svg, new_figure
from shared.reporting.datasheet_page import render_datasheet
from tests.shared.datasheet.invented import Part, make_splits

NAMES = st.text(
    st.one_of(
        st.characters(), st.sampled_from("\x00\x07\x0b\x1b\x85\u202e\u2066\ufffe\ud800<&$\\")
    ),
    max_size=12,
)


def page_of(groups: list[str]) -> str:
    """The datasheet of three splits, each with all of these groups; ids are named like them."""
    part = Part([f"text {name}" for name in groups], [0] * len(groups), groups={"site": groups})
    return render_datasheet(make_datasheet(make_splits(part, part, part)), title="Any")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NAMES, min_size=1, max_size=4))
@example(["\ud800"])
def test_what_is_not_refused_can_be_shown(names: list[str]) -> None:
    table, _ = tidy_names(pd.DataFrame({"site": names}, dtype=object), ["site"])
    refused = find_unprintable(table, {"site": "site"}, file="t.csv")
    assert all(is_printable(problem.reason) for problem in refused.values())
    groups = [
        group_value(name) for row, name in enumerate(table["site"].tolist()) if row not in refused
    ]
    if groups:
        page = page_of(groups)
        page.encode("utf-8")
        assert is_printable(page)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_a_chart_is_drawn_whatever_stands_in_it(name: str) -> None:
    with chart_style():
        figure, axes = new_figure(2.0, 1.0)
        axes.set_title(name)
        assert is_printable(str(inline_svg(figure, "a-")))
