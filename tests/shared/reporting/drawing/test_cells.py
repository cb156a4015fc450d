from __future__ import annotations

import re

from shared.reporting.drawing.cells import bar, interval_mark, scale_of, sparkline


def _dots(svg: str) -> list[float]:
    return [float(text) for text in re.findall(r'<circle cx="([^"]+)%"', svg)]


def test_larger_numbers_stand_further_right_and_higher() -> None:
    scale = scale_of([-1.0, 2.0], including=0.0)
    places = [
        _dots(interval_mark(value, value - 0.5, value + 0.5, scale))[0]
        for value in (-1.0, 0.0, 2.0)
    ]
    assert places == sorted(places)
    drawn = sparkline([1.0, 2.0, 3.0], [0.5, None, 2.0], [1.5, None, 4.0])
    line = re.search(r'class="line main" d="M([^"]+)"', drawn)
    assert line is not None
    heights = [float(point.split(",")[1]) for point in line[1].split()]
    assert heights == sorted(heights, reverse=True)


def test_numbers_outside_the_scale_or_missing_do_not_leave_the_drawing() -> None:
    scale = scale_of([0.0, 1.0])
    assert _dots(interval_mark(1e9, -1e9, 1e12, scale, reference=0.0)) == [100.0]
    assert _dots(interval_mark(None, None, None, scale)) == []
    assert "length" not in bar(None, scale)
    assert "nan" not in sparkline([1.0]).lower()


def test_scales_ignore_what_is_missing_or_infinite_and_are_never_empty() -> None:
    scale = scale_of([None, float("nan"), float("inf")])
    assert scale.low < scale.high
    equal = scale_of([3.0, 3.0])
    assert equal.low < 3.0 < equal.high
