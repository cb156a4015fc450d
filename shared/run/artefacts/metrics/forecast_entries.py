"""Blocks of `metrics.json` about forecasts: steps, hours, skill, and intervals of all kinds."""

from __future__ import annotations

from typing import Literal

from shared.block import Block
from shared.run.artefacts.calibration_file import CalibrationNote
from shared.statistics.intervals import Estimate
from shared.statistics.shares import ShareEstimate
from shared.targets.calibration import Calibration

__all__ = [
    "AdaptiveIntervals",
    "AdaptivePeriod",
    "AdaptiveStep",
    "HorizonCalibration",
    "HourEntry",
    "IntervalCoverage",
    "IntervalKind",
    "IntervalNumbers",
    "NominalCoverage",
    "SkillEntry",
    "StepEntry",
    "StepIntervals",
]

IntervalKind = Literal["raw", "deployed", "adaptive"]


class NominalCoverage(Estimate):
    """The share of values inside the outer quantiles.

    Attributes:
        nominal: The share that should be.
    """

    nominal: float


class IntervalCoverage(Block):
    """Coverage before or after calibration."""

    coverage: Estimate


class HorizonCalibration(Block):
    """What calibration changed on the test split.

    Attributes:
        map: As chosen on validation.
        n_val: Validation rows it rests on.
        notes: What validation could not bear.
        nominal: Share of values that should lie inside the outer quantiles.
        before: Of the network's quantiles.
        after: Of calibrated quantiles.
    """

    map: Calibration
    n_val: int
    notes: tuple[CalibrationNote, ...]
    nominal: float
    before: IntervalCoverage
    after: IntervalCoverage


class SkillEntry(Estimate):
    """The share of a baseline's squared error that the model avoids.

    Attributes:
        baseline: Its name.
        n: Rows.
        steps: The same at each step.
    """

    baseline: str
    n: int
    steps: tuple[Estimate, ...]


class StepEntry(Block):
    """One step ahead; None where the target has too few quantiles.

    Attributes:
        step: Counted from 1.
        seconds_ahead: Of its end.
        mae_standardised: σ, likewise the three losses below.
        pinball: Mean over levels.
        crps: Twice that.
        coverage: Share of values inside the outer quantiles.
        interval_width: σ.
        interval_score: σ.
    """

    step: int
    seconds_ahead: int
    mae_standardised: Estimate | None
    pinball: Estimate | None
    crps: Estimate | None
    coverage: Estimate | None
    interval_width: Estimate | None
    interval_score: Estimate | None


class HourEntry(Block):
    """One hour of the day that is forecast.

    Attributes:
        hour: 0 to 23.
        n: Observed values.
        mae_standardised: σ.
        coverage: None without an interval.
    """

    hour: int
    n: int
    mae_standardised: Estimate
    coverage: Estimate | None


class StepIntervals(Block):
    """Intervals of one kind at one step.

    Attributes:
        coverage: Share of values inside.
        interval_width: σ.
    """

    coverage: Estimate
    interval_width: Estimate


class IntervalNumbers(StepIntervals):
    """Intervals of one kind over all steps.

    Attributes:
        interval_score: σ, smaller is better.
    """

    interval_score: Estimate


class AdaptiveStep(Block):
    """The three kinds of interval at one step, counted from 1."""

    step: int
    raw: StepIntervals
    deployed: StepIntervals
    adaptive: StepIntervals


class AdaptivePeriod(Block):
    """Coverage of the three kinds in one stretch of the test split's time.

    Attributes:
        first: First forecast moment.
        last: Last one.
        raw: As the network says.
        deployed: As served.
        adaptive: Following their misses.
    """

    first: str
    last: str
    raw: ShareEstimate
    deployed: ShareEstimate
    adaptive: ShareEstimate


class AdaptiveIntervals(Block):
    """Intervals that follow their misses, beside those of the network and those that are served.

    Attributes:
        nominal: Share of values that should lie inside.
        step_size: As chosen on validation.
        n: Rows.
        num_entities: Entities among them.
        kinds: Each kind over all steps.
        difference: Adaptive minus deployed, paired.
        steps: By step.
        periods: By time.
    """

    nominal: float
    step_size: float
    n: int
    num_entities: int
    kinds: dict[IntervalKind, IntervalNumbers]
    difference: IntervalNumbers
    steps: tuple[AdaptiveStep, ...]
    periods: tuple[AdaptivePeriod, ...]
