"""How often intervals hold the truth, and how often a gap that is not there is "found".

A simulation with known answers.

    python -m benchmarks.interval_coverage

Test parts of 80 entities with 5 rows each are drawn 500 times from a population in which each
entity has an ease of its own. The truth is measured once on 400,000 rows of the same population.
Intervals of 95 % should hold it in 93 to 97 % of the draws.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from benchmarks.coverage_of_metrics import simulate_decisions, simulate_forecasts, simulate_metrics
from benchmarks.simulated_split import (
    CLASSES,
    ENTITIES,
    RESAMPLES,
    ROWS_EACH,
    Places,
    draw_split,
    place_interval,
    shares_of_places,
)
from shared.fairness.assessment_settings import AssessmentSettings
from shared.fairness.gaps.errors import ErrorAssessment, assess_errors
from shared.fairness.groups.attributes import Attribute
from shared.fairness.groups.grouped_errors import GroupedErrors, SizedGroups
from shared.statistics.bootstrap import Resampling
from shared.targets.predictions import Predictions

__all__ = ["DRAWS", "GAP", "main", "simulate_gaps"]

DRAWS = 500
GAP = 0.15
"""Added to the error share of group b."""


def main() -> None:
    """Print both tables."""
    print(
        f"{DRAWS} draws of {ENTITIES} entities × {ROWS_EACH} rows, {RESAMPLES:,} resamples, 95 %"
        " intervals\n"
    )
    print(f"{'number':<40}{'covered':>9}{'above it':>9}{'below it':>9}")
    for name, (low, inside, high) in _covered().items():
        print(f"{name:<40}{inside:>9.1%}{low:>9.1%}{high:>9.1%}")
    for gap in (0.0, GAP):
        found = simulate_gaps(DRAWS, gap)[1]
        print(
            f"\ngap of {gap:g} between two groups is found in {found:.1%} of the draws (permutation"
            " test at 5 %)"
        )


def _covered() -> dict[str, Places]:
    return (
        simulate_metrics(DRAWS)
        | simulate_decisions(DRAWS)
        | simulate_forecasts(DRAWS)
        | simulate_gaps(DRAWS, GAP)[0]
    )


def simulate_gaps(draws: int, gap: float) -> tuple[dict[str, Places], float]:
    """Where the intervals of each group's error and gap lie, and how often the test finds a gap."""
    errors = {
        group: float(draw_split(np.random.default_rng([1, 1]), 80_000, gap)[1][group])
        for group in ("a", "b")
    }
    truth = {
        "error of a": errors["a"],
        "error of b": errors["b"],
        "gap of b": errors["b"] - errors["a"],
        "ratio of b": errors["b"] / errors["a"],
    }
    outcomes: dict[str, list[int]] = defaultdict(list)
    num_found = 0
    for index in range(draws):
        assessment = _assess(index, gap)
        found = {
            f"error of {group}": assessment.of("value", "error")[group] for group in ("a", "b")
        }
        found |= {
            "gap of b": assessment.of("gap to rest", "error")["b"],
            "ratio of b": assessment.of("ratio to rest", "error")["b"],
        }
        for name, estimate in found.items():
            outcomes[name].append(place_interval(estimate, truth[name]))
        num_found += assessment.test is not None and assessment.test.p_value <= 0.05
    return shares_of_places(outcomes), num_found / draws


def _assess(index: int, gap: float) -> ErrorAssessment:
    predictions, _ = draw_split(np.random.default_rng([1, 2, index]), ENTITIES, gap)
    attribute = Attribute("group", _groups(predictions), ("a", "b"))
    grouped = GroupedErrors.of(
        attribute,
        predictions.entities,
        {"error": CLASSES.row_errors(predictions)["error"]},
        {"error": 1.0},
    )
    settings = AssessmentSettings(
        min_group_size=20,
        permutations=999,
        margin=0.05,
        alpha=0.05,
        resampling=Resampling(RESAMPLES, 0.95, (index,)),
    )
    groups = SizedGroups.of(grouped, settings.min_group_size, reference="a")
    return assess_errors(groups, None, settings)


def _groups(predictions: Predictions) -> np.ndarray:
    return np.array(["ab"[int(name[1:]) % 2] for name in predictions.entities.tolist()])


if __name__ == "__main__":
    main()
