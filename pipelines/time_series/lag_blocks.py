"""Blocks of lags, and what people call them: "last 6 hours", "the day before", "a week before"."""

from __future__ import annotations

from itertools import pairwise

__all__ = ["Block", "block_name", "lag_blocks", "unit_of", "with_newest_in_quarters"]

_QUARTERS = 4
"""Of the newest season: of hours night, morning, afternoon and evening; of months the seasons."""
_FEWEST_STEPS_OF_A_QUARTER = 2
_UNITS = {"min": "minutes", "h": "hours", "D": "days", "W": "weeks", "MS": "months", "ME": "months"}
"""Of a step that is one of them, by its pandas alias."""
_PERIODS = {
    ("minutes", 1440): "day",
    ("hours", 24): "day",
    ("hours", 168): "week",
    ("days", 7): "week",
    ("weeks", 52): "year",
    ("months", 12): "year",
}
"""What so many steps are together."""
_WEEK_DAYS = 7

Block = tuple[int, int]
"""First step of the window, and the one behind the last."""


def unit_of(frequency: str, *, is_demo: bool) -> str:
    """What a step is, as far as the configuration tells."""
    return "hours" if is_demo else _UNITS.get(frequency, "steps")


def lag_blocks(lookback: int, season_steps: int, *, most: int) -> list[Block]:
    """Blocks of whole seasons, counted from the end; the oldest takes what is left.

    Args:
        lookback: Steps of the window.
        season_steps: Of a season.
        most: Blocks; longer ones if there would be more.
    """
    length = season_steps
    while -(-lookback // length) > most:
        length += season_steps
    # A rest shorter than half a block joins the oldest one.
    inner = [start for start in range(lookback - length, 0, -length) if start >= length / 2]
    return list(pairwise([0, *reversed(inner), lookback]))


def with_newest_in_quarters(blocks: list[Block], season_steps: int) -> list[Block]:
    """The same, the newest season in four: where in it is what tells an evening from a night.

    Left as they are where a season has no four parts of two steps, or the blocks are longer.
    """
    start, stop = blocks[-1]
    step, rest = divmod(season_steps, _QUARTERS)
    if rest or step < _FEWEST_STEPS_OF_A_QUARTER or stop - start != season_steps:
        return blocks
    return [*blocks[:-1], *pairwise(range(start, stop + 1, step))]


def block_name(block: Block, lookback: int, season_steps: int, unit: str) -> str:
    """When a block was, as seen from the forecast: "last 6 hours", "2 days before"."""
    oldest = lookback - block[0]
    newest = lookback - block[1] + 1
    period = _PERIODS.get((unit, season_steps))
    if period is not None and not oldest % season_steps and not (newest - 1) % season_steps:
        return _periods_before((newest - 1) // season_steps + 1, oldest // season_steps, period)
    if newest == 1:
        return f"last {oldest} {unit}"
    return f"{newest} to {oldest} {unit} before" if newest < oldest else f"{oldest} {unit} before"


def _periods_before(newest: int, oldest: int, period: str) -> str:
    if newest < oldest:
        return f"{newest} to {oldest} {period}s before"
    if oldest == 1:
        return f"the {period} before"
    if period == "day" and oldest == _WEEK_DAYS:
        return "a week before"
    return f"{oldest} {period}s before"
