from __future__ import annotations

import numpy as np
import pytest

from pipelines.time_series.data import synthesize
from pipelines.time_series.reading.calendar_features import calendar_features
from pipelines.time_series.segments import build_segments
from shared.contract import Rows, Segments
from tests.pipelines.time_series.tables import configure

_CONFIG = configure("data.demo_missing_share=0.0")
_LAST_DAY = (
    "value, 19 to 24 hours before",
    "value, 13 to 18 hours before",
    "value, 7 to 12 hours before",
    "value, last 6 hours",
)


@pytest.fixture(scope="module")
def row() -> Rows:
    return synthesize(_CONFIG, 100, seed=0).test.rows(np.array([0]))


@pytest.fixture(scope="module")
def segments(row: Rows) -> Segments:
    return build_segments(_CONFIG, row)


def _without(segments: Segments, *names: str) -> Rows:
    """By the names that all rows share."""
    return segments.mask(np.array([[other not in names for other in segments.places]]))


def test_segments_are_days_of_lags_for_each_column_and_what_lies_ahead(segments: Segments) -> None:
    assert len(segments.places) == 4 * 7 + 3 + 3 + 1
    assert segments.places[:2] == ("value, a week before", "value, 6 days before")
    assert segments.places[6:10] == _LAST_DAY
    assert segments.places[-3:] == ("holiday ahead", "shutdown ahead", "calendar ahead")


def test_spans_cover_every_known_cell_once(segments: Segments) -> None:
    covered = np.zeros(segments.canvas.shape, dtype=int)
    for (top, bottom), (left, right) in segments.spans.astype(int):
        covered[top:bottom, left:right] += 1
    assert np.all(covered[:168, :4] == 1)
    assert np.all(covered[168:, 1:] == 1)
    assert covered[168:, 0].sum() == 0
    assert covered[:168, 4:].sum() == 0


def test_keeping_all_is_the_row_itself(segments: Segments, row: Rows) -> None:
    kept = segments.mask(np.ones((2, len(segments.names)), dtype=np.bool_))
    for name, values in row.items():
        assert np.array_equal(kept[name], np.repeat(values, 2, axis=0))
        assert kept[name].dtype == values.dtype


def test_a_removed_day_becomes_the_average_day_of_the_window(segments: Segments, row: Rows) -> None:
    changed, original = _without(segments, *_LAST_DAY)["window"][0], row["window"][0]
    average_day = original[:, 0].reshape(7, 24).mean(axis=0)
    assert np.allclose(changed[-24:, 0], average_day, rtol=1e-5)
    assert np.array_equal(changed[:-24], original[:-24])
    assert np.array_equal(changed[:, 1:], original[:, 1:])


def test_a_removed_covariate_ahead_becomes_the_windows_average_at_that_hour(
    segments: Segments, row: Rows
) -> None:
    changed = _without(segments, "temperature ahead")
    average_day = row["window"][0, :, 1].reshape(7, 24).mean(axis=0)
    assert np.allclose(changed["future"][0, :, 0], average_day, rtol=1e-4, atol=1e-4)
    assert np.array_equal(changed["future"][0, :, 1:], row["future"][0, :, 1:])
    assert np.array_equal(changed["window"], row["window"])


def test_a_removed_calendar_is_the_centre_of_its_circles(segments: Segments, row: Rows) -> None:
    changed = _without(segments, "calendar ahead")["future"][0]
    assert np.all(changed[:, 3:] == 0.0)
    assert np.array_equal(changed[:, :3], row["future"][0, :, :3])


def test_the_canvas_is_standardised_column_by_column(segments: Segments) -> None:
    assert segments.canvas.shape == (192, 8)
    assert abs(segments.canvas[:168, 0].mean()) < 1e-4
    assert segments.canvas[:168, 0].std() == pytest.approx(1.0, abs=1e-3)
    assert np.all(segments.canvas[168:, 0] == 0.0)


def test_a_rest_shorter_than_half_a_day_joins_the_oldest_block() -> None:
    config = configure("data.source=a.csv", "data.lookback_steps=56", "data.horizon_steps=6")
    row = {"window": np.zeros((1, 56, 1), np.float32), "future": np.zeros((1, 6, 4), np.float32)}
    assert build_segments(config, row).names == (
        "value, 25 to 56 steps before",
        "value, 19 to 24 steps before",
        "value, 13 to 18 steps before",
        "value, 7 to 12 steps before",
        "value, last 6 steps",
        "calendar ahead",
    )


def test_many_lags_give_longer_blocks_rather_than_more_segments() -> None:
    config = configure("data.source=a.csv", "data.lookback_steps=2000")
    row = {"window": np.zeros((1, 2000, 1), np.float32), "future": np.zeros((1, 24, 4), np.float32)}
    assert len(build_segments(config, row).names) <= 41


def test_what_was_not_observed_can_not_be_taken_away(row: Rows) -> None:
    window = row["window"].copy()
    window[0, -5, 0] = np.nan
    segments = build_segments(_CONFIG, {**row, "window": window})
    changed = _without(segments, *_LAST_DAY)["window"][0, :, 0]
    assert np.flatnonzero(np.isnan(changed)).tolist() == [163]
    assert np.isfinite(segments.canvas).all()


def test_past_and_static_covariates_are_segments_of_their_own() -> None:
    config = configure(
        "data.source=a.csv",
        "data.lookback_steps=48",
        "data.horizon_steps=6",
        "data.past_covariates=[wind]",
        "data.known_covariates=[price]",
        "data.static_covariates=[area]",
        "data.static_categories=[region]",
    )
    generator = np.random.default_rng(0)
    row = {
        "window": generator.normal(size=(1, 48, 3)).astype(np.float32),
        "future": generator.normal(size=(1, 6, 5)).astype(np.float32),
        "static": np.array([[70.0]], np.float32),
        "category": np.array([[b"north"]], dtype=object),
    }
    segments = build_segments(config, row)
    assert segments.names[-4:] == ("price ahead", "calendar ahead", "area", "region")
    assert sum(name.startswith("wind") for name in segments.names) == 2
    assert "wind ahead" not in segments.names
    assert segments.canvas.shape == (54, 1 + 2 + 4 + 2)
    kept = segments.mask(np.ones((1, len(segments.names)), dtype=np.bool_))
    assert all(np.array_equal(kept[name], row[name]) for name in row)
    assert np.isnan(_without(segments, "area")["static"]).all()
    assert _without(segments, "region")["category"].tolist() == [[b""]]
    ahead = _without(segments, "price ahead")
    assert not np.array_equal(ahead["future"][..., 0], row["future"][..., 0])
    assert np.array_equal(ahead["future"][..., 1:], row["future"][..., 1:])


def test_removed_lags_may_show_the_windows_mean_or_its_latest_number(
    segments: Segments, row: Rows
) -> None:
    nothing = np.zeros((1, len(segments.names)), dtype=np.bool_)
    window = row["window"][0]
    mean, last = (segments.removing(name).mask(nothing)["window"][0] for name in ("mean", "last"))
    assert np.allclose(mean, window.mean(axis=0), rtol=1e-5)
    assert np.allclose(last, window[-1], rtol=1e-5)


def test_the_latest_block_lies_ahead_and_the_largest_is_a_block_of_lags(segments: Segments) -> None:
    orders = segments.naive_orders
    assert segments.names[int(orders["latest block"].argmax())].endswith("ahead")
    assert orders["largest block"].shape == (len(segments.names),)


def test_blocks_of_the_past_say_what_the_clock_showed(row: Rows) -> None:
    stamps = np.datetime64("2024-03-05T00:00:00", "s") + np.arange(24) * np.timedelta64(1, "h")
    future = row["future"].copy()  # a Tuesday
    future[0, :, 3:] = calendar_features(stamps, _CONFIG.data.cycles)
    segments = build_segments(_CONFIG, {**row, "future": future})
    assert segments.names[0] == "value, a week before (Tue)"
    assert segments.names[9] == "value, last 6 hours (Mon 18:00 to 23:00)"
    assert segments.names[-3:] == segments.places[-3:]
    assert segments.moments[18] == "Tue 18:00"
