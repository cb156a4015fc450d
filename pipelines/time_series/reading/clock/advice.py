"""What to do about stamps that do not lie on the clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.time_series.reading.clock.inferred_step import infer_alias
from pipelines.time_series.reading.clock.zones import find_zone_of_days
from pipelines.time_series.reading.frequency import Frequency, in_largest_unit
from pipelines.time_series.reading.table.raw_series import RawSeries
from shared.config.setting_text import set_option

__all__ = ["advise_frequency", "advise_irregular"]

_COARSE_SECONDS = 20 * 3600


def advise_irregular(raw: RawSeries, frequency: Frequency) -> str:
    """A sentence without a full stop."""
    zone = None
    if raw.origin.has_zone and raw.origin.timezone is None:
        zone = find_zone_of_days(raw.stamps) if _is_coarse(raw.stamps) else None
    if zone is not None:
        return (
            "Days of clocks on the wall are not all 24 hours long: name the zone, such as"
            f" {set_option('data.timezone', zone)}"
        )
    alias = advise_frequency(raw.stamps)
    if alias is not None and alias != frequency.alias:
        return f"All its stamps keep another step: {set_option('data.frequency', alias)}"
    return "Correct it, or remove the row"


def advise_frequency(stamps: NDArray[np.datetime64]) -> str | None:
    """The alias of the step that all of these stamps keep; None if there is none."""
    distinct = np.unique(stamps)
    alias = infer_alias(distinct) if len(distinct) > 1 else None
    if alias is None:
        return None
    named = Frequency.named(in_largest_unit(alias))
    grid = named.between(distinct[0], distinct[-1])
    return named.alias if np.isin(distinct, grid).all() else None


def _is_coarse(stamps: NDArray[np.datetime64]) -> bool:
    steps = np.diff(np.unique(stamps)).astype(np.int64)
    return bool(len(steps) and np.median(steps) >= _COARSE_SECONDS)
