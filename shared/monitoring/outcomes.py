"""What can be said once the truth is known: performance, calibration, coverage, gaps of groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.columns import Categorical, Column, Numeric
from shared.monitoring.scored_rows import ScoredRows, covered_share
from shared.run.artefacts.monitoring.record import (
    GroupOutcome,
    OutcomeRecord,
)
from shared.statistics.intervals import Estimate
from shared.statistics.shares import clustered_mean
from shared.statistics.significance import difference_of_constants
from shared.targets import Categories, Horizon, Target

__all__ = [
    "Outcome",
    "compare_groups",
    "compare_outcomes",
    "outcome_columns",
    "row_outcomes",
]


@dataclass(frozen=True)
class Outcome:
    """A number of each row that needs its truth.

    Attributes:
        name: For people.
        unit: "share", or that of the target.
        better: The direction that is better; "none" for a number that should stay.
        values: (n,) float64; NaN where there is none.
        is_tested: Whether drift of it alarms; False for what follows from another outcome.
    """

    name: str
    unit: str
    better: Literal["higher", "lower", "none"]
    values: NDArray[np.float64]
    is_tested: bool = True


def row_outcomes(target: Target, rows: ScoredRows) -> list[Outcome]:
    """The outcomes of each row, the most important first."""
    match target:
        case Categories():
            return list(_class_outcomes(target, rows))
        case Horizon():
            return list(_forecast_outcomes(target, rows))
        case _:
            assert_never(target)


def outcome_columns(outcomes: Sequence[Outcome]) -> list[Column]:
    """Outcomes as columns to test: of rows with a truth alone."""
    columns: list[Column] = []
    for outcome in outcomes:
        known = outcome.values[np.isfinite(outcome.values)]
        if not outcome.is_tested or not len(known):
            continue
        if outcome.better == "higher" and outcome.unit == "share":
            said = np.where(known > 0.5, "yes", "no")
            columns.append(Categorical("outcomes", outcome.name, said))
        else:
            columns.append(Numeric("outcomes", outcome.name, known))
    return columns


def compare_outcomes(
    new: Sequence[Outcome],
    new_entities: NDArray[np.str_],
    reference: Sequence[Outcome],
    reference_entities: NDArray[np.str_],
    confidence: float,
) -> tuple[OutcomeRecord, ...]:
    """Each outcome on both sides, all rows, with intervals by entity and their difference.

    Args:
        new: Of the new rows.
        new_entities: Their entities.
        reference: Of the test split.
        reference_entities: Their entities.
        confidence: Level of the intervals.
    """
    sides = zip(new, reference, strict=True)
    return tuple(
        _compare(ours, theirs, (new_entities, reference_entities), confidence)
        for ours, theirs in sides
        if np.isfinite(ours.values).any()
    )


def compare_groups(
    outcome: tuple[Outcome, Outcome],
    sides: tuple[ScoredRows, ScoredRows],
    confidence: float,
    *,
    least_rows: int,
    privacy_rows: int,
) -> tuple[GroupOutcome, ...]:
    """The gap of each group to all other rows, new and in the test split.

    Args:
        outcome: One outcome of the new rows, and of the test split.
        sides: The new rows, and the test split.
        confidence: Level of the intervals.
        least_rows: Smaller groups are left out.
        privacy_rows: An attribute with a smaller group is left out, because a number of that group
            would follow from the others; 0 for none.
    """
    records = []
    for attribute in sides[0].groups.columns:
        groups = sides[0].groups[attribute].to_numpy().astype(np.str_)
        known = np.isfinite(outcome[0].values)
        names, counts = np.unique(groups[known], return_counts=True)
        if len(names) < 2 or int(counts.min()) < privacy_rows:
            continue
        for name, n in zip(names.tolist(), counts.tolist(), strict=True):
            if n >= least_rows:
                records.append(_group(outcome, sides, (str(attribute), name, n), confidence))
    return tuple(records)


def _class_outcomes(target: Categories, rows: ScoredRows) -> Iterator[Outcome]:
    known = rows.has_truth
    right = np.where(known, target.decide(rows.scores) == rows.targets, np.nan)
    yield Outcome("accuracy", "share", "higher", right)
    if rows.abstains is not None:
        kept = np.where(rows.abstains, np.nan, right)
        yield Outcome("accuracy where not handed on", "share", "higher", kept, is_tested=False)
    if rows.in_set is not None:
        place = np.maximum(rows.targets, 0)[:, None]
        inside = np.take_along_axis(rows.in_set, place, axis=1)[:, 0]
        covered = np.where(known, inside, np.nan)
        yield Outcome("coverage of sets", "share", "higher", covered)
    above = np.where(known, target.confidence(rows.scores) - right, np.nan)
    yield Outcome("confidence above accuracy", "share", "none", above, is_tested=False)


def _forecast_outcomes(target: Horizon, rows: ScoredRows) -> Iterator[Outcome]:
    errors = np.abs(target.decide(rows.scores).astype(np.float64) - rows.targets)
    observed = np.isfinite(errors)
    counts = observed.sum(axis=1)  # (n, channels)
    sums = np.where(observed, errors, 0.0).sum(axis=1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    for c, channel in enumerate(target.channels):
        yield Outcome(f"mean absolute error of {channel}", target.unit, "lower", means[:, c])
    if target.nominal_coverage is not None:
        yield Outcome("coverage of intervals", "share", "none", covered_share(target, rows))


def _is_share(outcome: Outcome) -> bool:
    known = outcome.values[np.isfinite(outcome.values)]
    return outcome.unit == "share" and bool(np.isin(known, (0.0, 1.0)).all())


def _compare(
    ours: Outcome,
    theirs: Outcome,
    entities: tuple[NDArray[np.str_], NDArray[np.str_]],
    confidence: float,
) -> OutcomeRecord:
    new, reference = (
        clustered_mean(side.values, names, confidence, is_share=_is_share(ours))
        for side, names in zip((ours, theirs), entities, strict=True)
    )
    difference = difference_of_constants(new, reference)
    counts = [int(np.isfinite(side.values).sum()) for side in (ours, theirs)]
    return OutcomeRecord(
        name=ours.name,
        unit=ours.unit,
        better=ours.better,
        n=counts[0],
        reference_n=counts[1],
        new=new,
        reference=reference,
        difference=difference,
        verdict=_verdict(difference, ours.better, known=new.interval is not None),
    )


def _group(
    outcome: tuple[Outcome, Outcome],
    sides: tuple[ScoredRows, ScoredRows],
    about: tuple[str, str, int],
    confidence: float,
) -> GroupOutcome:
    """Of one attribute, group and number of rows."""
    attribute, name, n = about
    ours, theirs = (
        _gap(of, side, attribute, name, confidence) for of, side in zip(outcome, sides, strict=True)
    )
    return GroupOutcome(
        attribute=attribute,
        group=name,
        name=outcome[0].name,
        n=n,
        unit=outcome[0].unit,
        new=ours[0],
        gap=ours[1],
        reference_gap=theirs[1],
    )


def _gap(
    outcome: Outcome, rows: ScoredRows, attribute: str, name: str, confidence: float
) -> tuple[Estimate, Estimate]:
    """The group's own mean, and that minus the mean of all other rows."""
    if attribute not in rows.groups.columns:
        return (Estimate(value=None), Estimate(value=None))
    inside = rows.groups[attribute].to_numpy().astype(np.str_) == name
    is_share = _is_share(outcome)
    group, rest = (
        clustered_mean(
            np.where(side, outcome.values, np.nan), rows.entities, confidence, is_share=is_share
        )
        for side in (inside, ~inside)
    )
    if group.value is None or rest.value is None:
        return group, Estimate(value=None)
    return group, difference_of_constants(group, rest)


def _verdict(
    difference: Estimate, better: str, *, known: bool
) -> Literal["better", "worse", "changed", "inconclusive", "not known"]:
    interval = difference.interval
    if interval is None or not known:
        return "not known"
    if interval.low <= 0.0 <= interval.high:
        return "inconclusive"
    if better == "none":
        return "changed"
    return "better" if (interval.low > 0.0) == (better == "higher") else "worse"
