"""All corruptions together: what they cost on average, from the resamples that measured each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.metrics.robustness_entries import (
    CorruptionSummary,
    LevelAndDrop,
    PerturbationMean,
    SeverityMean,
)
from shared.statistics.bootstrap import Draws
from shared.statistics.intervals import Estimate, Measure, bca_estimate

__all__ = ["PerturbedMetric", "summarise_corruptions"]


@dataclass(frozen=True)
class PerturbedMetric:
    """The primary metric of some rows, changed and unchanged, on the same resamples.

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
        """How much worse the changed rows fare: positive is worse, whatever the direction."""
        return _combined(
            # + 0, as -0.0 reads badly.
            lambda changed, clean: self.worse * (changed - clean) + 0.0,
            self.changed,
            self.clean,
        )

    @property
    def drop_measure(self) -> Measure:
        """Bounds of a drop."""
        reach = self.measure.high - self.measure.low
        return Measure("drop", self.measure.num_entities, -reach, reach)


def summarise_corruptions(
    measured: Mapping[tuple[str, int], PerturbedMetric | None], confidence: float
) -> CorruptionSummary | None:
    """The mean over corruptions.

    None if there is none, or one could not be measured: leaving it out would flatter.

    As in Hendrycks & Dietterich 2019 (section 4.1) severities are averaged within each corruption,
    and corruptions weigh the same. There a reference network's errors are the unit; here it is the
    model itself on the unchanged rows, so that no other model is needed. Errors without a largest
    value are averaged geometrically, as ratios are (Fleming & Wallace 1986): else the one
    corruption that ruins a forecast would be all that the mean tells.

    Args:
        measured: (corruption, severity) -> its primary metric, all on the same rows and resamples.
        confidence: Level of the intervals, in (0, 1).
    """
    known = {key: item for key, item in measured.items() if item is not None}
    if not known or len(known) < len(measured):
        return None
    first = next(iter(known.values()))
    means = {
        name: _mean_changed([item for key, item in known.items() if key[0] == name])
        for name in dict.fromkeys(name for name, _ in known)
    }
    overall = _mean(list(means.values()), first.measure)
    ratio = _combined(_ratio, overall, first.clean)
    ratio_measure = Measure("relative", first.measure.num_entities, 0.0)
    by_perturbation = [
        PerturbationMean(**dict(_level_and_drop(mean, first, confidence)), perturbation=name)
        for name, mean in means.items()
    ]
    return CorruptionSummary(
        **dict(_level_and_drop(overall, first, confidence)),
        num_corruptions=len(means),
        averaging="arithmetic" if math.isfinite(first.measure.high) else "geometric",
        clean=_estimated(first.clean, first.measure, confidence),
        relative=_estimated(ratio, ratio_measure, confidence),
        by_perturbation=tuple(by_perturbation),
        by_severity=_by_severity(known, confidence),
    )


def _by_severity(
    known: Mapping[tuple[str, int], PerturbedMetric], confidence: float
) -> tuple[SeverityMean, ...]:
    first = next(iter(known.values()))
    entries = []
    for severity in sorted({severity for _, severity in known}):
        members = [item for key, item in known.items() if key[1] == severity]
        entry = SeverityMean(
            **dict(_level_and_drop(_mean_changed(members), first, confidence)),
            severity=severity,
            num_corruptions=len(members),
        )
        entries.append(entry)
    return tuple(entries)


def _mean_changed(each: Sequence[PerturbedMetric]) -> Draws:
    return _mean([item.changed for item in each], each[0].measure)


def _level_and_drop(mean: Draws, reference: PerturbedMetric, confidence: float) -> LevelAndDrop:
    averaged = PerturbedMetric(mean, reference.clean, reference.measure, reference.worse)
    return LevelAndDrop(
        mean=_estimated(mean, reference.measure, confidence),
        drop=_estimated(averaged.drop, averaged.drop_measure, confidence),
    )


def _estimated(draws: Draws, measure: Measure, confidence: float) -> Estimate:
    value = float(draws.point[0])
    return bca_estimate(measure, value, draws.resampled[0], draws.jackknife[0], confidence)


def _mean(each: Sequence[Draws], measure: Measure) -> Draws:
    if math.isfinite(measure.high):
        return _combined(lambda *values: np.mean(values, axis=0), *each)
    with np.errstate(divide="ignore"):  # without any error the mean is 0
        return _combined(lambda *values: np.exp(np.mean(np.log(values), axis=0)), *each)


def _ratio(changed: NDArray[np.float64], clean: NDArray[np.float64]) -> NDArray[np.float64]:
    # NaN where the unchanged rows give 0, as resamples without any right prediction of a rare class
    # do: nothing is a multiple of it.
    return np.divide(changed, clean, out=np.full_like(changed, np.nan), where=clean != 0.0)


def _combined(function: Callable[..., NDArray[np.float64]], *draws: Draws) -> Draws:
    """One number from several, for all rows, each resample and each block left out."""
    point, resampled, jackknife = (
        function(*(getattr(item, part) for item in draws))
        for part in ("point", "resampled", "jackknife")
    )
    return Draws(point, resampled, jackknife)
