from __future__ import annotations

import re

from shared.reporting.charts.style_classes import STYLE_CLASSES, chart_rules, in_order
from shared.reporting.charts.svg import ACCENT, chart_style, inline_svg, new_figure


def _drawn(label: str, prefix: str = "one-") -> str:
    with chart_style():
        figure, axes = new_figure(3, 2)
        axes.plot([0, 1], [0, 1], color=ACCENT)
        axes.fill_between([0, 1], [0, 1], color=ACCENT)
        axes.set_xlabel(label)
        return str(inline_svg(figure, prefix))


def test_colours_are_those_of_the_page() -> None:
    svg = _drawn("x")
    named = {name: style for style, name in STYLE_CLASSES.items()}
    told = svg + "".join(named[name] for name in re.findall(r'class="(k\d+)"', svg))
    assert "var(--accent)" in told
    assert "var(--muted)" in told
    assert "#0000f" not in svg


def test_text_stays_text_in_the_font_of_the_page() -> None:
    svg = _drawn("über 日本")
    assert ">über 日本</text>" in svg
    assert "font-family" not in svg


def test_labels_are_escaped_and_not_read_as_formulas() -> None:
    assert "&lt;b&gt; $x_1$ &amp;" in _drawn("<b> $x_1$ &")


def test_nothing_outside_is_named() -> None:
    svg = _drawn("x")
    assert "http" not in svg
    assert "<style" not in svg
    assert "<metadata" not in svg


def test_ids_of_two_charts_do_not_meet() -> None:
    first, second = _drawn("x", "one-"), _drawn("x", "two-")
    assert 'id="one-' in first
    assert 'href="#one-' in first
    assert first.replace("one-", "two-") == second


def test_the_same_drawing_has_the_same_bytes() -> None:
    assert _drawn("x") == _drawn("x")


def test_frequent_styles_are_classes_that_the_page_knows_and_say_the_same() -> None:
    svg = _drawn("x")
    named = set(re.findall(r'class="(k\d+)"', svg))
    assert len(named) >= 3
    style_of = {name: style for style, name in STYLE_CLASSES.items()}
    rules = chart_rules()
    assert all(f"svg .{name} {{ {style_of[name]} }}" in rules for name in named)
    left = re.findall(r'style="([^"]*)"', svg)
    assert not {in_order(style) for style in left} & STYLE_CLASSES.keys()
