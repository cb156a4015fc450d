"""What an explanation can take away from a window, and the image it is drawn on.

Segments are blocks of lags of each column (the values, past and known covariates; of the values'
newest season its quarters), each known covariate ahead, and the calendar ahead. What is removed is
replaced by what is usual: the window's average at the same place of the season, or of all steps, or
its latest number. The calendar, which is usual nowhere, becomes 0, the centre of its circles; a
static covariate becomes not given. What was not observed stays so: it can't be taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.forecast_clock import ForecastClock, read_clock
from pipelines.time_series.lag_blocks import (
    Block,
    block_name,
    lag_blocks,
    unit_of,
    with_newest_in_quarters,
)
from pipelines.time_series.reading.calendar_features import calendar_names
from pipelines.time_series.usual_values import (
    constant_columns,
    last_observed,
    observed_means,
    seasonal_means,
)
from shared.contract import Axis, Mask, Rows, Segments

__all__ = ["build_segments", "changing_segments", "usual_season_steps"]

_USUAL_SEASON_STEPS = 24
_MAX_SEGMENTS = 40
_VALUE = "value"
_OWN_REMOVAL = "season"
_STEPS = Axis("step, 0 = start of the forecast", "steps")


def build_segments(config: TimeSeriesConfig, row: Rows) -> Segments:
    """The segments of one row.

    The canvas has one line per step (history, then horizon) and one column per input (value,
    covariates, calendar, static covariates); each column is standardised for drawing, and 0 where
    nothing is known or nothing changes.
    """
    window = row["window"][0]  # (lookback, 1 + covariates)
    future = row["future"][0]  # (horizon, covariates + calendar)
    lookback = len(window)
    horizon = len(future)
    statics = (*config.data.static_numbers, *config.data.static_texts)
    columns = (_VALUE, *config.data.past, *config.data.known, *calendar_names(config.data.cycles))
    layout = _layout(config, lookback, horizon, len(columns))
    clock = read_clock(future[:, len(config.data.known) :], config.data.cycles)
    full = _lay_out(window, future, len(config.data.known))  # (lookback + horizon, columns)
    cells = _cells(config, row, full, layout.spans[: len(layout.names) - len(statics)])
    masks = _masks(cells, window, usual_season_steps(config))
    inputs = (*columns, *statics)
    own = masks.pop(_OWN_REMOVAL)
    extent = _extent(lookback, horizon, len(inputs))
    return Segments(
        names=layout.named_by(clock, lookback),
        places=layout.names,
        moments=_moments(clock, horizon),
        axes=_axes(inputs),
        spans=layout.spans,
        extent=extent,
        canvas=_drawn(full, lookback, len(statics)),
        mask=own,
        removal=_OWN_REMOVAL,
        other_removals=masks,
        naive_orders=_naive_orders(layout.spans),
    )


def changing_segments(
    config: TimeSeriesConfig,
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of all segments but static inputs, and the one of each cell, (steps, columns).

    Steps are those of window and horizon; cells of none hold the number of segments.
    """
    num_columns = 1 + len(config.data.past) + len(config.data.known)
    num_columns += len(calendar_names(config.data.cycles))
    lookback = config.data.lookback
    horizon = config.data.horizon_steps
    layout = _layout(config, lookback, horizon, num_columns)
    statics = len(config.data.static_numbers) + len(config.data.static_texts)
    count = len(layout.names) - statics
    owners = _owners(layout.spans[:count], (lookback + horizon, num_columns))
    return layout.names[:count], owners


@dataclass(frozen=True)
class _Cells:
    """All numbers of a row, and the segments that own them.

    Attributes:
        row: The decoded row.
        full: (steps, columns) float64, as `_lay_out` gives them.
        owner: (steps, columns) int64: the segment of each; one more where there is none.
        num_before: Columns that are not known ahead.
        num_changing: Segments that are no static covariates.
    """

    row: Rows
    full: NDArray[np.float64]
    owner: NDArray[np.int64]
    num_before: int
    num_changing: int

    def showing(self, replacement: NDArray[np.float64]) -> Mask:
        """Masks where removed cells show a replacement, (steps, columns)."""
        lookback, width = self.row["window"].shape[1:]
        # What was not observed can't be taken away.
        shown = np.where(np.isnan(self.full), self.full, replacement)

        def mask(keep: NDArray[np.bool_]) -> Rows:
            kept = _kept_cells(keep[:, : self.num_changing], self.owner)
            masked = np.where(kept, self.full, shown)
            statics = _mask_statics(self.row, keep[:, self.num_changing :])
            history = masked[:, :lookback, :width]
            return {"window": history, "future": masked[:, lookback:, self.num_before :], **statics}

        return mask


def _cells(
    config: TimeSeriesConfig, row: Rows, full: NDArray[np.float64], spans: NDArray[np.float64]
) -> _Cells:
    """All numbers of a row, those of `full`, with the spans of the segments that change in time."""
    owner = _owners(spans, full.shape)
    before = 1 + len(config.data.past)
    return _Cells(row, full, owner, num_before=before, num_changing=len(spans))


def _masks(cells: _Cells, window: NDArray[np.float64], season_steps: int) -> dict[str, Mask]:
    """What is usual: at that place of the season, in the whole window, or just before."""
    means = observed_means(window, np.zeros(window.shape[1]))
    shape = cells.full.shape
    return {
        _OWN_REMOVAL: cells.showing(seasonal_means(window, shape, season_steps)),
        "mean": cells.showing(constant_columns(means, shape)),
        "last": cells.showing(constant_columns(last_observed(window, means), shape)),
    }


def _naive_orders(spans: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """What lies nearest to the forecast or in it, and what is largest."""
    steps = spans[:, 0]
    return {
        "latest block": steps[:, 1],
        "largest block": np.asarray(np.prod(spans[..., 1] - spans[..., 0], axis=-1)),
    }


def _axes(inputs: Sequence[str]) -> tuple[Axis, Axis]:
    return _STEPS, Axis(f"input: {', '.join(inputs)}", "column")


def _moments(clock: ForecastClock | None, horizon: int) -> tuple[str, ...]:
    """What the clock shows at each step ahead; nothing where it is not known."""
    return () if clock is None else tuple(map(clock.moment, range(horizon)))


def _extent(lookback: int, horizon: int, num_inputs: int) -> NDArray[np.float64]:
    """First and last step, first and last column, (2, 2)."""
    return np.array([[-lookback, horizon - 1], [0, num_inputs - 1]], dtype=np.float64)


def _kept_cells(keep: NDArray[np.bool_], owner: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(m, steps, columns): which cells stay, those without a segment always."""
    # The last flag stands for cells without a segment.
    stays = np.ones((len(keep), 1), dtype=np.bool_)
    return np.concatenate([keep, stays], axis=1)[:, owner]


def _mask_statics(row: Rows, keep: NDArray[np.bool_]) -> Rows:
    """Static inputs of m rows, those with False not given: NaN, or the empty text."""
    numbers = row["static"].shape[1] if "static" in row else 0
    masked: dict[str, NDArray[Any]] = {}
    if "static" in row:
        masked["static"] = np.where(keep[:, :numbers], row["static"], np.nan)
    if "category" in row:
        texts = row["category"].astype(object)
        masked["category"] = np.where(
            keep[:, numbers:], texts, type(texts.flat[0])()
        )  # b"" or "", as the row has it
    return masked


def usual_season_steps(config: TimeSeriesConfig) -> int:
    """Steps of a season as far as the configuration tells.

    The configured one, else a day of hours, if it fits into the window.
    """
    steps = config.data.season_steps or _USUAL_SEASON_STEPS
    return min(steps, config.data.lookback)


@dataclass(frozen=True)
class _Layout:
    """Which segments there are; the same for all rows.

    Attributes:
        names: Of each, as every row has it.
        spans: (segments, 2 axes, 2).
    """

    names: tuple[str, ...]
    spans: NDArray[np.float64]

    def named_by(self, clock: ForecastClock | None, lookback: int) -> tuple[str, ...]:
        """Names with what the clock showed in each block of the past."""
        if clock is None:
            return self.names
        past = [(int(start), int(stop)) for (start, stop), _ in self.spans]
        return tuple(
            f"{name} ({clock.stretch(start - lookback, stop - 1 - lookback)})"
            if stop <= lookback
            else name
            for name, (start, stop) in zip(self.names, past, strict=True)
        )


def _layout(config: TimeSeriesConfig, lookback: int, horizon: int, num_columns: int) -> _Layout:
    past = config.data.past
    known = config.data.known
    inputs = (_VALUE, *past, *known)
    season = usual_season_steps(config)
    unit = unit_of(config.data.frequency, is_demo=config.data.source == "demo")
    blocks = lag_blocks(lookback, season, most=_MAX_SEGMENTS // len(inputs))
    ahead = (lookback, lookback + horizon)
    segments: list[tuple[str, Block, Block]] = []
    for column, name in enumerate(inputs):
        own = with_newest_in_quarters(blocks, season) if name == _VALUE else blocks
        segments += [
            (f"{name}, {block_name(block, lookback, season, unit)}", block, (column, column + 1))
            for block in own
        ]
    segments += [
        (f"{name} ahead", ahead, (column, column + 1))
        for column, name in enumerate(known, start=1 + len(past))
    ]
    if config.data.cycles:
        segments.append(("calendar ahead", ahead, (1 + len(past) + len(known), num_columns)))
    statics = (*config.data.static_numbers, *config.data.static_texts)
    segments += [
        (name, (0, lookback + horizon), (column, column + 1))
        for column, name in enumerate(statics, start=num_columns)
    ]
    spans = np.array([[steps, span] for _, steps, span in segments], dtype=np.float64)
    return _Layout(tuple(name for name, _, _ in segments), spans)


def _lay_out(
    window: NDArray[np.float64], future: NDArray[np.float64], num_known: int
) -> NDArray[np.float64]:
    """All numbers of a row on the canvas' cells.

    0 where there are none (values and past covariates to come, the calendar before).
    """
    num_calendar = future.shape[1] - num_known
    num_not_ahead = window.shape[1] - num_known
    past = np.concatenate([window, np.zeros((len(window), num_calendar))], axis=1)
    ahead = np.concatenate([np.zeros((len(future), num_not_ahead)), future], axis=1)
    return np.concatenate([past, ahead])


def _owners(spans: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """The segment of each cell, (steps, columns); `len(spans)` where there is none."""
    owner = np.full(shape, len(spans), dtype=np.int64)
    for segment, ((top, bottom), (left, right)) in enumerate(spans.astype(np.int64)):
        owner[top:bottom, left:right] = segment
    return owner


def _drawn(full: NDArray[np.float64], lookback: int, num_statics: int) -> NDArray[np.float64]:
    """Each column in its own standard deviations, so that one colour scale serves all.

    0 where nothing was observed, and in the columns of static inputs behind them.
    """
    drawn = np.zeros((len(full), full.shape[1] + num_statics))
    for column in range(full.shape[1]):
        known = slice(None, lookback) if column == 0 else slice(None)
        values = full[known, column]
        observed = values[np.isfinite(values)]
        if len(observed) and observed.std() > 0:
            drawn[known, column] = np.nan_to_num((values - observed.mean()) / observed.std())
    return drawn
