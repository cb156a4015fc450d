"""Whether explanations beat comparators that never ask the model: paired over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.explanations.checks import Contest, ContestMeasure
from shared.run.artefacts.explanations.record import ExplainedExample
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.means import mean_statistic

__all__ = ["CHANCE", "hold_contests"]

CHANCE = "chance"
"""The comparator that knows nothing at all: random orders, an even spread, a blind guess."""
_FIELDS: dict[ContestMeasure, tuple[str, str]] = {
    "deletion": ("deletion_auc", "deletion_auc_random"),
    "insertion": ("insertion_auc", "insertion_auc_random"),
    "attention": ("attended_change", "others_change"),
    "localisation": ("localisation", "localisation_expected"),
    "pointing": ("pointing_hit", "pointing_expected"),
}
"""Of a row: its own number (a naive order has it by the same name), and what chance gives."""


@dataclass(frozen=True)
class _Pairs:
    """Rows on which both have a number.

    Attributes:
        ours: (n,) float64, of the explanations.
        theirs: (n,) float64, of the comparator.
        entities: (n,) str.
    """

    ours: NDArray[np.float64]
    theirs: NDArray[np.float64]
    entities: NDArray[np.str_]


def hold_contests(
    examples: Sequence[ExplainedExample], resampling: Resampling
) -> tuple[Contest, ...]:
    """Every measure against every comparator that meets it on some row.

    Known causes count on rightly predicted rows only: they say nothing of a wrong prediction.

    Args:
        examples: Explained rows.
        resampling: Of entities, for the intervals.
    """
    return tuple(
        contest
        for measure in get_args(ContestMeasure)
        for contest in _of(measure, examples, resampling)
    )


def _of(
    measure: ContestMeasure, examples: Sequence[ExplainedExample], resampling: Resampling
) -> list[Contest]:
    comparators = [CHANCE, *dict.fromkeys(one.name for row in examples for one in row.naive)]
    met = {name: _pairs(measure, name, examples) for name in comparators}
    leads = {
        name: _lead(measure, pairs, resampling) for name, pairs in met.items() if len(pairs.ours)
    }
    if not leads:
        return []
    hardest = min(leads, key=lambda name: leads[name].value or 0.0)
    return [
        Contest(
            measure=measure,
            against=name,
            explanation=float(met[name].ours.mean()),
            comparator=float(met[name].theirs.mean()),
            lead=lead,
            n=len(met[name].ours),
            hardest=name == hardest,
        )
        for name, lead in leads.items()
    ]


def _pairs(measure: ContestMeasure, against: str, examples: Sequence[ExplainedExample]) -> _Pairs:
    own, by_chance = _FIELDS[measure]
    needs_right = measure in ("localisation", "pointing")
    found = []
    for row in examples:
        orders = {one.name: one for one in row.naive}
        theirs = (
            getattr(row, by_chance)
            if against == CHANCE
            else getattr(orders.get(against), own, None)
        )
        ours = getattr(row, own)
        is_counted = row.right is not False or not needs_right
        if is_counted and ours is not None and theirs is not None:
            found.append((float(ours), float(theirs), row.entity))
    columns = np.array([pair[:2] for pair in found], dtype=np.float64).reshape(-1, 2)
    return _Pairs(
        columns[:, 0], columns[:, 1], np.array([pair[2] for pair in found], dtype=np.str_)
    )


def _lead(measure: ContestMeasure, pairs: _Pairs, resampling: Resampling) -> Estimate:
    """Mean of ours minus theirs, turned so that more is better."""
    sign = -1.0 if measure == "deletion" else 1.0
    differences = sign * (pairs.ours - pairs.theirs)
    codes, num_entities = entity_codes(pairs.entities)
    lead = Measure("lead", num_entities, low=-1.0, high=1.0)
    statistic = mean_statistic([lead], differences[:, None], codes, num_entities)
    return estimates([statistic], num_entities, resampling)["lead"]
