from __future__ import annotations

import csv
import io
from urllib.parse import unquote

import pytest

from shared.reporting.drawing.curves import Curve, place_curves
from shared.reporting.drawing.dots import Dot, Guide, interval_figure, place_dots
from shared.reporting.drawing.figure import csv_download
from shared.reporting.drawing.labels import isolated
from shared.reporting.drawing.scale import Scale, scale_over
from shared.reporting.page import Cell, Row, make_table
from shared.reporting.templates import page_templates
from shared.statistics.intervals import Estimate

NAN = float("nan")


def read_csv(address: str) -> list[list[str]]:
    text = unquote(address.removeprefix("data:text/csv;charset=utf-8,"))
    return list(csv.reader(io.StringIO(text)))


def test_places_are_shares_of_the_axis_and_never_leave_it() -> None:
    scale = Scale(-1.0, 3.0)
    assert [scale.place(value) for value in (-1.0, 0.0, 3.0, 99.0)] == [0.0, 25.0, 100.0, 100.0]


@pytest.mark.parametrize("values", [[], [NAN], [0.0], [5.0, 5.0], [-1e-300], [1e12, 1e12 + 1]])
def test_every_axis_has_a_length_and_round_ticks(values: list[float]) -> None:
    scale = scale_over(values)
    assert scale.low < scale.high
    assert len(scale.ticks()) <= 7


def test_ticks_are_round_numbers_within_the_axis() -> None:
    assert [tick.value for tick in Scale(-0.03, 1.03).ticks()] == pytest.approx(
        [0.0, 0.25, 0.5, 0.75, 1.0]
    )


def test_an_interval_of_few_rows_does_not_flatten_the_others() -> None:
    dots = [Dot("many", 0.1, 0.08, 0.12, ""), Dot("few", 0.2, -9.0, 9.0, "")]
    plot = place_dots(dots, str, guide=Guide(line=0.0))
    many, few = plot.rows
    assert many.place is not None and plot.line is not None
    assert abs(many.place - plot.line) > 10.0
    assert few.cut == (True, True)
    assert many.cut == (False, False)


def test_headings_stand_once_above_rows_that_share_them() -> None:
    dots = [Dot(name, 0.1, None, None, "", heading=name[0]) for name in ("a1", "a2", "b1")]
    assert [row.heading for row in place_dots(dots, str).rows] == ["a", "", "b"]


def test_what_was_not_measured_keeps_its_row_without_a_mark() -> None:
    (row,) = place_dots([Dot("few", None, None, None, "7 rows: not measured")], str).rows
    assert row.place is None
    assert row.ends is None


def test_gaps_interrupt_a_curve_and_its_band() -> None:
    curve = Curve("main", range(4), [0.0, NAN, 1.0, 1.0], [0, NAN, 0, 0], [1, NAN, 1, 1])
    (drawn,) = place_curves([curve], Scale(0, 3), Scale(0, 1))
    assert drawn.line == "M0,100M66.67,0 100,0"
    assert drawn.band.count("M") == 2


def test_numbers_behind_a_figure_are_a_table_without_formulas() -> None:
    download = csv_download("x", ["=name", "value"], [["@SUM(1)", -0.5], ['a,"b"\n\x1b', None]])
    assert read_csv(download.address) == [
        ["'=name", "value"],
        ["'@SUM(1)", "-0.5"],
        ['a,"b"\n\\x1b', ""],
    ]


def test_a_table_is_a_file_whose_notes_have_columns_of_their_own() -> None:
    rows: list[Row] = [["=a", Cell("1.0\N{NO-BREAK SPACE}%", "0 to 2")], ["b", "2"]]
    download = make_table("Shares, by <class>", ["Class", "#Share"], rows).download(
        "Shares, by <class>"
    )
    assert download.name == "shares_by_class.csv"
    assert read_csv(download.address) == [
        ["Class", "Share", "Share: note"],
        ["'=a", "1.0 %", "0 to 2"],
        ["b", "2", ""],
    ]


def test_values_of_one_kind_are_said_with_their_n_and_kept_as_numbers() -> None:
    known = Estimate(value=0.25, ci_low=0.1, ci_high=0.5)
    drawn = interval_figure("Errors", [("a", 8, known), ("b", 1, None)], unit="share", line=0.0)
    said = [row.dot.text for row in drawn.plot.rows]
    assert said == [
        "25.0\N{NO-BREAK SPACE}% (10.0 to 50.0\N{NO-BREAK SPACE}%), n = 8",
        "not enough data, n = 1",
    ]
    assert read_csv(drawn.figure.download.address)[1:] == [
        ["a", "8", "0.25", "0.1", "0.5"],
        ["b", "1", "", "", ""],
    ]


def test_names_are_escaped_isolated_and_cut() -> None:
    assert isolated("<b>\x1b") == "<bdi>&lt;b&gt;\\x1b</bdi>"
    assert len(isolated("x" * 10_000)) < 80


def test_templates_show_no_control_characters() -> None:
    template = page_templates().from_string("{{ name }}")
    assert template.render(name="a\x1b<") == "a\\x1b&lt;"
    assert template.render(name=isolated("<a")) == "<bdi>&lt;a</bdi>"
