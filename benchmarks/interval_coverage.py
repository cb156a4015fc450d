"""How often intervals hold the truth, and how often a gap that is not there is "found": a simulation with known answers.

    python -m benchmarks.interval_coverage

Test parts of 80 entities with 5 rows each are drawn 500 times from a population in which each entity has an ease of its own. The
truth is measured once on 400,000 rows of the same population. Intervals of 95 % should hold it in 93 to 97 % of the draws.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from shared.evaluation.bootstrap import Resampling, entity_codes, estimates
from shared.evaluation.category_statistics import category_statistics
from shared.evaluation.intervals import Estimate
from shared.fairness.assessment import Assessment, Questions, assess_groups
from shared.fairness.attributes import Attribute
from shared.fairness.disaggregate import GroupedErrors
from shared.predictions import Predictions
from shared.targets import Categories

__all__ = ["DRAWS", "GAP", "main", "simulate_gaps", "simulate_metrics"]

DRAWS = 500
GAP = 0.15
"""Added to the error share of group b."""

_TARGET = Categories(names=("a", "b", "c"))
_ENTITIES, _ROWS_EACH, _RESAMPLES = 80, 5, 1000


def main() -> None:
    """Print both tables."""
    print(f"{DRAWS} draws of {_ENTITIES} entities × {_ROWS_EACH} rows, {_RESAMPLES:,} resamples, 95 % intervals\n")
    print(f"{'number':<28}{'covered':>9}{'above it':>9}{'below it':>9}")
    for name, (low, inside, high) in (simulate_metrics(DRAWS) | simulate_gaps(DRAWS, GAP)[0]).items():
        print(f"{name:<28}{inside:>9.1%}{low:>9.1%}{high:>9.1%}")
    for gap in (0.0, GAP):
        found = simulate_gaps(DRAWS, gap)[1]
        print(f"\ngap of {gap:g} between two groups is found in {found:.1%} of the draws (permutation test at 5 %)")


def simulate_metrics(draws: int) -> dict[str, tuple[float, float, float]]:
    """Metric -> share of draws whose interval lies above the truth, holds it, lies below it."""
    truth = _TARGET.metrics(_draw(np.random.default_rng([0, 1]), 80_000)[0])
    outcomes: dict[str, list[int]] = defaultdict(list)
    for index in range(draws):
        predictions, _ = _draw(np.random.default_rng([0, 2, index]), _ENTITIES)
        codes, num_entities = entity_codes(predictions.entities)
        statistics = category_statistics(_TARGET, predictions, codes, num_entities)
        for name, found in estimates(statistics, num_entities, Resampling(_RESAMPLES, 0.95, (index,))).items():
            if name in truth and name != "ece":  # its interval is made to cover more often than promised
                outcomes[name].append(_place(found, truth[name]))
    return _shares(outcomes)


def simulate_gaps(draws: int, gap: float) -> tuple[dict[str, tuple[float, float, float]], float]:
    """The same for the error of each group and its gap, and the share of draws in which the test finds a gap."""
    errors = {group: float(_draw(np.random.default_rng([1, 1]), 80_000, gap)[1][group]) for group in ("a", "b")}
    truth = {"error of a": errors["a"], "error of b": errors["b"], "gap of b": errors["b"] - errors["a"]}
    outcomes: dict[str, list[int]] = defaultdict(list)
    num_found = 0
    for index in range(draws):
        assessment = _assess(index, gap)
        found = {f"error of {group}": assessment.of("value", "error")[group] for group in ("a", "b")}
        for name, estimate in (found | {"gap of b": assessment.of("gap to rest", "error")["b"]}).items():
            outcomes[name].append(_place(estimate, truth[name]))
        num_found += assessment.test is not None and assessment.test.p_value <= 0.05
    return _shares(outcomes), num_found / draws


def _assess(index: int, gap: float) -> Assessment:
    predictions, _ = _draw(np.random.default_rng([1, 2, index]), _ENTITIES, gap)
    attribute = Attribute("group", _groups(predictions), ("a", "b"))
    grouped = GroupedErrors.of(attribute, predictions.entities, {"error": _TARGET.row_errors(predictions)["error"]}, {"error": 1.0})
    return assess_groups(grouped, None, Questions(20, 999, 0.05, 0.05, 1), Resampling(_RESAMPLES, 0.95, (index,)))


def _draw(generator: np.random.Generator, num_entities: int, gap: float = 0.0) -> tuple[Predictions, Mapping[str, float]]:
    """Predictions of a model whose skill differs between entities, and the error share of each group.

    Every second entity belongs to group b, whose decisions are spoilt so often that its error share rises by `gap`.
    """
    n = num_entities * _ROWS_EACH
    entity = np.repeat(np.arange(num_entities), _ROWS_EACH)
    targets = generator.choice(3, n, p=(0.5, 0.3, 0.2))
    scores = generator.normal(size=(n, 3))
    scores[np.arange(n), targets] += 1.5 + generator.normal(0.0, 0.7, num_entities)[entity]
    right = scores.argmax(axis=-1) == targets
    # A right decision is spoilt with this probability: of about 0.77 right ones, that makes a difference of `gap`.
    spoilt = right & (entity % 2 == 1) & (generator.random(n) < gap / 0.77)
    scores[spoilt, targets[spoilt]] -= 10.0
    predictions = Predictions(np.arange(n).astype(np.str_), np.char.add("e", entity.astype(np.str_)), targets, scores.astype(np.float32))
    error = _TARGET.row_errors(predictions)["error"]
    return predictions, {"a": float(error[entity % 2 == 0].mean()), "b": float(error[entity % 2 == 1].mean())}


def _groups(predictions: Predictions) -> np.ndarray:
    return np.array(["ab"[int(name[1:]) % 2] for name in predictions.entities.tolist()])


def _place(found: Estimate, truth: float) -> int:
    """-1 if the interval lies above the truth, 1 if below, 0 if it holds it."""
    if found.interval is None:
        return 1
    return -1 if truth < found.interval.low else int(truth > found.interval.high)


def _shares(outcomes: Mapping[str, list[int]]) -> dict[str, tuple[float, float, float]]:
    return {name: tuple(float(np.mean(np.array(places) == side)) for side in (-1, 0, 1)) for name, places in outcomes.items()}  # type: ignore[misc]


if __name__ == "__main__":
    main()
