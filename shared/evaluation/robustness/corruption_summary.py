"""All corruptions together: what they cost on average, from the resamples that measured each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.statistics.bootstrap import Draws
from shared.statistics.intervals import Measure, bca_estimate
from shared.statistics.number import estimate_fields

__all__ = ["Headline", "summarise_corruptions"]


@dataclass(frozen=True)
class Headline:
    """The headline metric of some rows, changed and unchanged, on the same resamples.

    Attributes:
        changed: One row of draws.
        clean: Likewise, of the same rows unchanged.
        measure: The metric's bounds.
        worse: 1 where a larger metric is worse, else -1.
    """

    changed: Draws
    clean: Draws
    measure: Measure
    worse: int

    @property
    def drop(self) -> Draws:
        """How much worse the changed rows fare.

        Positive is worse, whatever the metric's direction.
        """
        return _combined(
            lambda changed, clean: self.worse * (changed - clean) + 0.0, self.changed, self.clean
        )  # + 0, as -0.0 reads badly


def summarise_corruptions(
    headlines: Mapping[tuple[str, int], Headline | None], confidence: float
) -> dict[str, Any] | None:
    """The mean over corruptions, ready for JSON.

    None if there is none, or one could not be measured: leaving it out would flatter.

    As in Hendrycks & Dietterich 2019 (section 4.1) severities are averaged within each corruption,
    and corruptions weigh the same. There a reference network's errors are the unit; here it is the
    model itself on the unchanged rows, so that no other model is needed. Errors without a largest
    value are averaged geometrically, as ratios are (Fleming & Wallace 1986): else the one
    corruption that ruins a forecast would be all that the mean tells.

    Args:
        headlines: (corruption, severity) -> its headline metric, all on the same rows and
            resamples.
        confidence: Level of the intervals, in (0, 1).

    Returns:
        `averaging`, arithmetic or geometric; `clean`, the metric on the unchanged rows; `mean`,
        `drop` (positive is worse) and `relative` (mean over clean) of all corruptions; `by_perturbation`
        and `by_severity`, each with `mean` and `drop`; all with intervals.
    """
    known = {key: item for key, item in headlines.items() if item is not None}
    if not known or len(known) < len(headlines):
        return None
    first = next(iter(known.values()))
    names, severities = (
        list(dict.fromkeys(name for name, _ in known)),
        sorted({severity for _, severity in known}),
    )
    by_perturbation = [
        _mean([item.changed for key, item in known.items() if key[0] == name], first.measure)
        for name in names
    ]
    by_severity = [
        [item.changed for key, item in known.items() if key[1] == severity]
        for severity in severities
    ]
    overall = _mean(by_perturbation, first.measure)
    ratio = _combined(_ratio, overall, first.clean)
    return {
        "num_corruptions": len(names),
        "averaging": "arithmetic" if math.isfinite(first.measure.high) else "geometric",
        "clean": _estimated(first.clean, first.measure, confidence),
        **_level_and_drop(overall, first, confidence),
        "relative": _estimated(
            ratio, Measure("relative", first.measure.num_entities, 0.0), confidence
        ),
        "by_perturbation": [
            {"perturbation": name, **_level_and_drop(mean, first, confidence)}
            for name, mean in zip(names, by_perturbation, strict=True)
        ],
        "by_severity": [
            {
                "severity": severity,
                "num_corruptions": len(each),
                **_level_and_drop(_mean(each, first.measure), first, confidence),
            }
            for severity, each in zip(severities, by_severity, strict=True)
        ],
    }


def _level_and_drop(mean: Draws, reference: Headline, confidence: float) -> dict[str, Any]:
    measure, reach = reference.measure, reference.measure.high - reference.measure.low
    signed = Measure("drop", measure.num_entities, -reach, reach)
    drop = Headline(mean, reference.clean, measure, reference.worse).drop
    return {
        "mean": _estimated(mean, measure, confidence),
        "drop": _estimated(drop, signed, confidence),
    }


def _estimated(draws: Draws, measure: Measure, confidence: float) -> dict[str, Any]:
    return estimate_fields(
        bca_estimate(
            measure, float(draws.point[0]), draws.resampled[0], draws.jackknife[0], confidence
        )
    )


def _mean(each: Sequence[Draws], measure: Measure) -> Draws:
    if math.isfinite(measure.high):
        return _combined(lambda *values: np.mean(values, axis=0), *each)
    with np.errstate(divide="ignore"):  # without any error the mean is 0
        return _combined(lambda *values: np.exp(np.mean(np.log(values), axis=0)), *each)


def _ratio(changed: NDArray[np.float64], clean: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where the unchanged rows give 0, as resamples without any right decision of a rare class do: nothing is a multiple of it."""
    return np.divide(changed, clean, out=np.full_like(changed, np.nan), where=clean != 0.0)


def _combined(function: Callable[..., NDArray[np.float64]], *draws: Draws) -> Draws:
    """One number from several, for all rows, each resample and each block left out."""
    point, resampled, jackknife = (
        function(*(getattr(item, part) for item in draws))
        for part in ("point", "resampled", "jackknife")
    )
    return Draws(point, resampled, jackknife)
