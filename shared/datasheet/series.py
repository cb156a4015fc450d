"""The series behind the windows of a forecast.

Lengths, gaps and ranges, put together again from the targets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples
from shared.contract.series_facts import ForecastFacts, SeriesFacts
from shared.targets import Horizon

__all__ = ["describe_series"]

_MOST_SERIES = 50
_SERIES_ATTRIBUTE = "series"


def describe_series(
    parts: Mapping[str, Examples], target: Horizon, facts: ForecastFacts | None = None
) -> dict[str, Any]:
    """What the targets of all windows cover, series by series.

    A series is a value of the group attribute "series", or what stands before the "@" in the ids
    where there is none.

    Returns:
        `step_seconds`, `steps_ahead`, `unit`, `num_series`, and `series`, the first 50 by name:
        `name` and for each part `first` and `last` moment, `num_steps` between them, `missing`
        (share of these without a value), `smallest`, `largest`, `mean`, `sd`. `masked`: for each
        part how many target values its windows have, `n`, and how many of them were not observed,
        `num_masked`: these have no weight in the loss and count in no metric. `source`: what
        reading found out, as `facts` has it, with the `observed` share of each series; None without
        facts.
    """
    names = {part: _series_names(examples) for part, examples in parts.items()}
    everyone = sorted({name for found in names.values() for name in found.tolist()})
    entries = []
    for name in everyone[:_MOST_SERIES]:
        covered = {
            part: _cover(examples, names[part] == name, target) for part, examples in parts.items()
        }
        entries.append({"name": name, "parts": covered})
    return {
        "step_seconds": target.step_seconds,
        "steps_ahead": target.steps,
        "unit": target.unit,
        "num_series": len(everyone),
        "masked": {
            part: {
                "n": int(examples.targets.size),
                "num_masked": int(np.isnan(examples.targets).sum()),
            }
            for part, examples in parts.items()
        },
        "source": None if facts is None else _describe_source(facts),
        "series": entries,
    }


def _describe_source(facts: ForecastFacts) -> dict[str, Any]:
    return {
        "rule": facts.rule,
        "windows": [asdict(item) for item in facts.windows],
        "series": [_describe_facts(item) for item in facts.series[:_MOST_SERIES]],
        # Of one series: series of a wide table share their rows, so that a sum would count them
        # again and again.
        "largest": {
            name: max((getattr(item, name) for item in facts.series), default=0)
            for name in ("num_duplicates", "num_out_of_order")
        },
    }


def _describe_facts(item: SeriesFacts) -> dict[str, Any]:
    return {
        **asdict(item),
        "clock_changes": list(item.clock_changes),
        "observed": item.num_observed / item.num_steps,
    }


def _series_names(examples: Examples) -> NDArray[np.str_]:
    if _SERIES_ATTRIBUTE in examples.groups:
        return examples.groups[_SERIES_ATTRIBUTE].to_numpy(dtype=np.str_)
    return np.array(
        [str(identifier).rpartition("@")[0] for identifier in examples.ids], dtype=np.str_
    )


def _cover(examples: Examples, chosen: NDArray[np.bool_], target: Horizon) -> dict[str, Any] | None:
    """What one series' targets cover in one part; None if there are none."""
    if examples.forecast is None or not chosen.any():
        return None
    starts = examples.forecast.starts[chosen].astype("datetime64[s]")
    first = starts.min()
    places = np.round((starts - first).astype(np.int64) / target.step_seconds).astype(np.int64)
    # NaN until seen; overlapping windows write the same values again.
    values = np.full(
        (int(places.max()) + target.steps, len(target.channels)), np.nan, dtype=np.float32
    )
    values[places[:, None] + np.arange(target.steps)] = examples.targets[
        chosen
    ]  # (windows, steps, channels)
    observed = values[np.isfinite(values)].astype(np.float64)
    return {
        "first": str(first),
        "last": str(first + np.timedelta64((len(values) - 1) * target.step_seconds, "s")),
        "num_steps": len(values),
        "missing": 1.0 - len(observed) / values.size,
        **_range(observed),
    }


def _range(observed: NDArray[np.float64]) -> dict[str, float | None]:
    if not len(observed):
        return dict.fromkeys(("smallest", "largest", "mean", "sd"))
    return {
        "smallest": float(observed.min()),
        "largest": float(observed.max()),
        "mean": float(observed.mean()),
        "sd": float(observed.std()),
    }
