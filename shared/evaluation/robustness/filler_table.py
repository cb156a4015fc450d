"""Who moves the score: frames that differ only in whom they mention, by the group that is mentioned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

from shared.contract.behaviours import Behaviour, Invariance
from shared.evaluation.robustness.behaviour_judgement import Judgement
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import NO_SPREAD, Measure
from shared.statistics.means import mean_statistic
from shared.statistics.multiplicity import holm
from shared.statistics.number import estimate_fields, number_or_null
from shared.statistics.shares import share_table

__all__ = ["filler_table"]

_MIN_FRAMES = 5
"""Frames below which no verdict is given: a t-test on fewer hardly ever finds anything."""


def filler_table(
    tests: Mapping[str, tuple[Behaviour, Judgement]], margin: float, resampling: Resampling
) -> list[dict[str, Any]]:
    """One entry per test, attribute and group.

    `n`, `num_cases` (frames), `flip_rate`, `shift`, `p_value`, `p_adjusted`, `verdict`.

    `flip_rate` is the share of rows decided otherwise than the mean of their frame; `shift` how far
    the watched probability lies from that mean, signed. Both with intervals by frame. The verdict
    rests on a t-test of the frames' mean shifts, adjusted over all groups of all tests (Holm), at
    the level of the intervals: "raises", "lowers", "inconclusive", or "not enough data".
    What is sure to exist may be too small to matter: `within_margin` says whether the whole
    interval of the shift lies within ± `margin`. Nor need it be about a group: `control_reach` is
    the largest shift, either way, of a filler that names nobody; null if no test has such.

    Args:
        tests: Name -> test and its judgement; only invariances with fillers have entries.
        margin: Shifts below this do not matter.
        resampling: Of frames.
    """
    table = []
    for number, (name, (behaviour, judgement)) in enumerate(tests.items()):
        if isinstance(behaviour.expectation, Invariance):
            for attribute, groups in behaviour.expectation.fillers.items():
                draws = replace(resampling, seed=(*resampling.seed, number))
                entries = _groups(behaviour.cases, groups, judgement, draws)
                table += [{"test": name, "attribute": attribute} | entry for entry in entries]
    controls = {
        name
        for name, (one, _) in tests.items()
        if isinstance(one.expectation, Invariance) and one.expectation.is_control
    }
    reach = max(
        (abs(entry["shift"]["value"]) for entry in table if entry["test"] in controls), default=None
    )
    table = [
        entry | {"control": entry["test"] in controls, "control_reach": reach} for entry in table
    ]
    table = [
        entry | {"margin": margin, "within_margin": _is_within(margin, entry)} for entry in table
    ]
    return _with_verdicts(table, 1.0 - resampling.confidence)


def _groups(
    cases: NDArray[np.str_], groups: NDArray[np.str_], judgement: Judgement, resampling: Resampling
) -> list[dict[str, Any]]:
    names = list(dict.fromkeys(groups.tolist()))
    members = np.stack([groups == name for name in names], axis=1)  # (rows, groups)
    flips = np.where(members, judgement.failed[:, None], np.nan)
    shifts = np.where(members, judgement.shift[:, None], np.nan)
    codes, num_cases = entity_codes(cases)
    measures = [Measure(str(place), num_cases, -1.0, 1.0) for place in range(len(names))]
    moved = estimates([mean_statistic(measures, shifts, codes, num_cases)], num_cases, resampling)
    return [
        {
            "group": name,
            "n": rate["n"],
            "num_cases": rate["num_entities"],
            "flip_rate": {key: rate[key] for key in ("value", "ci_low", "ci_high")},
            "shift": estimate_fields(moved[str(place)]),
            "p_value": number_or_null(_p_value(shifts[:, place], codes, num_cases)),
        }
        for place, (name, rate) in enumerate(
            zip(names, share_table(flips, cases, resampling), strict=True)
        )
    ]


def _p_value(shifts: NDArray[np.float64], codes: NDArray[np.int64], num_cases: int) -> float:
    """Of the hypothesis that the mean over frames is 0 (two-sided t-test).

    NaN where there are too few frames.
    """
    known = ~np.isnan(shifts)
    counts = np.bincount(codes[known], minlength=num_cases)
    means = (
        np.bincount(codes[known], shifts[known], minlength=num_cases)[counts > 0]
        / counts[counts > 0]
    )
    if len(means) < _MIN_FRAMES:
        return math.nan
    if (
        np.ptp(means) <= NO_SPREAD
    ):  # every frame says the same, for which the t statistic has no denominator
        return 1.0 if abs(means[0]) <= NO_SPREAD else 0.0
    return float(ttest_1samp(means, 0.0).pvalue)


def _is_within(margin: float, entry: Mapping[str, Any]) -> bool:
    """Whether the shift is surely small.

    Where all frames say the same, its value needs no interval.
    """
    shift = entry["shift"]
    if shift["ci_low"] is None:
        return entry["p_value"] is not None and abs(shift["value"]) < margin
    return bool(-margin < shift["ci_low"] and shift["ci_high"] < margin)


def _with_verdicts(table: list[dict[str, Any]], level: float) -> list[dict[str, Any]]:
    tested = [entry for entry in table if entry["p_value"] is not None]
    adjusted = holm(np.array([entry["p_value"] for entry in tested])).tolist()
    of_entry = {id(entry): p for entry, p in zip(tested, adjusted, strict=True)}
    return [
        entry
        | {
            "p_adjusted": of_entry.get(id(entry)),
            "verdict": _verdict(entry, of_entry.get(id(entry)), level),
        }
        for entry in table
    ]


def _verdict(entry: dict[str, Any], p_adjusted: float | None, level: float) -> str:
    if p_adjusted is None:
        return "not enough data"
    if p_adjusted > level:
        return "inconclusive"
    return "raises" if entry["shift"]["value"] > 0 else "lowers"
