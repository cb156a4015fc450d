"""Whatever stands in a table as a name either is refused with its row, or can be shown on a page."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.datasheet.datasheet import make_datasheet
from shared.loading.name_columns import find_unusable_names, group_value, tidy_names
from shared.names import is_printable
from shared.reporting.charts.svg import chart_style, inline_svg, new_figure
from shared.reporting.datasheet_page import render_datasheet
from shared.reporting.drawing.dots import Dot, place_dots
from shared.reporting.drawing.figure import Figure, csv_download
from shared.reporting.drawing.labels import isolated
from shared.reporting.reader.threshold_data import json_block
from shared.reporting.templates import page_templates
from tests.shared.datasheet.invented import Part, make_splits
from tests.shared.reporting.page_reader import read_page

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


def _without_isolates(page: str) -> str:
    return re.sub("[\u2068\u2069]", "", page)


@pytest.mark.parametrize("name", ["שלום", "אב גד", "\N{ARABIC LETTER BEH}"])
def test_a_name_from_right_to_left_does_not_turn_its_sentence(name: str) -> None:
    template = page_templates().from_string('<p title="{{ text }}">{{ text }}</p>')
    sentence = f"\u2068{name}\u2069: 8 of 18"
    said = template.render(text=f"{name}: 8 of 18")
    assert said == f'<p title="{sentence}">{sentence}</p>'
    assert template.render(text="müde: 8") == '<p title="müde: 8">müde: 8</p>'


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NAMES, min_size=1, max_size=4))
@example(["\ud800"])
def test_what_is_not_refused_can_be_shown(names: list[str]) -> None:
    table, _ = tidy_names(pd.DataFrame({"site": names}, dtype=object), ["site"])
    refused = find_unusable_names(table, {"site": "site"}, file="t.csv")
    assert all(is_printable(problem.reason) for problem in refused.values())
    groups = [
        group_value(name) for row, name in enumerate(table["site"].tolist()) if row not in refused
    ]
    if groups:
        page = page_of(groups)
        page.encode("utf-8")
        assert is_printable(_without_isolates(page))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_a_chart_is_drawn_whatever_stands_in_it(name: str) -> None:
    with chart_style():
        figure, axes = new_figure(2.0, 1.0)
        axes.set_title(name)
        assert is_printable(str(inline_svg(figure, "a-")))


_PAGE = """{% import "drawing/drawing.html" as drawing %}
<p>{{ finding }}</p>{{ drawing.dots(figure, plot) }}
<script type="application/json">{{ block }}</script>"""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES)
@example("</script><script>alert(1)</script>")
@example('"><img src=x onerror=alert(1)>')
@example("\u202e\u2066=1+1\x00\ud800")
@example("x" * 10_000)
def test_a_drawing_of_any_name_is_harmless_and_short(name: str) -> None:
    dot = Dot(label=name, value=0.1, low=0.0, high=0.2, text="10 %", heading=name)
    figure = Figure(f"n = 1 {name[:9]}", "in words", csv_download("a", [name], [[name[:99]]]))
    html = (
        page_templates()
        .from_string(_PAGE)
        .render(
            finding=isolated(name),
            figure=figure,
            plot=place_dots([dot], str),
            block=json_block({"name": isolated(name)}),
        )
    )
    page = read_page(html)
    assert page.faults == []
    assert len(page.tags("script")) == 1
    assert not page.tags("img")
    assert is_printable(_without_isolates(html))
    assert len(page.text) < 600
