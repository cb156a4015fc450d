from __future__ import annotations

from shared.reporting.artefacts import Artefacts
from shared.run.artefacts.fairness.rates import RateRecord
from shared.statistics.intervals import Estimate, wilson_interval
from shared.verdicts.brief.decisions import find_of_decisions
from shared.verdicts.brief.mistakes import worst_mistake
from tests.shared.changed import changed
from tests.shared.fairness.records.examples import ATTRIBUTE
from tests.shared.verdicts.invented import share_of, with_attribute, with_metrics


def _recall(name: str, found: int, n: int) -> RateRecord:
    interval = wilson_interval(found / n, n, 0.95)
    return RateRecord(
        metric="recall",
        of_class="melanoma",
        group=name,
        n=n,
        num_entities=n,
        reason="",
        not_tested="few rows",
        estimate=Estimate.of(found / n, interval),
        gap=None,
        ratio=None,
        reference_gap=None,
        reference_ratio=None,
    )


def _measured(artefacts: Artefacts, *rates: RateRecord) -> Artefacts:
    """A model that finds nine of ten of each class, and these within groups of the attribute tone."""
    assert artefacts.metrics.classes is not None
    fine = share_of(0.9, 0.87, 0.93, n=500)
    classes = [changed(one, recall=fine, n=500) for one in artefacts.metrics.classes]
    attribute = changed(ATTRIBUTE, attribute="tone", rates=list(rates))
    return with_attribute(with_metrics(artefacts, classes=classes), attribute)


def test_a_small_group_that_is_missed_is_the_mistake_though_it_was_not_tested(
    artefacts: Artefacts,
) -> None:
    made = _measured(artefacts, _recall("dark", 8, 18), _recall("light", 26, 27))
    worst = worst_mistake(made)
    assert worst is not None
    assert (worst.of_class, worst.group, worst.missed, worst.n) == ("melanoma", "tone dark", 10, 18)
    assert find_of_decisions(made).endswith("but misses 10 of 18 “melanoma” with tone dark")


def test_one_row_of_one_is_not_held_against_a_model(artefacts: Artefacts) -> None:
    made = _measured(artefacts, _recall("dark", 8, 18), _recall("blue", 0, 1))
    worst = worst_mistake(made)
    assert worst is not None
    assert worst.group == "tone dark"


def test_a_few_rows_that_chance_may_explain_are_not_held_against_it(artefacts: Artefacts) -> None:
    made = _measured(artefacts, _recall("dark", 3, 5), _recall("light", 20, 27))
    worst = worst_mistake(made)
    assert worst is not None
    assert (worst.group, worst.num_compared) == ("tone light", 1 + len(made.metrics.classes or ()))


def test_where_every_part_has_few_rows_the_lowest_of_them_is_named(artefacts: Artefacts) -> None:
    assert artefacts.metrics.classes is not None
    few = share_of(0.5, 0.19, 0.81, n=6)
    classes = [changed(one, recall=few, n=6) for one in artefacts.metrics.classes]
    attribute = changed(ATTRIBUTE, rates=[])
    worst = worst_mistake(with_attribute(with_metrics(artefacts, classes=classes), attribute))
    assert worst is not None
    assert worst.n == 6


def test_a_model_whose_worst_part_is_as_good_as_all_is_not_blamed(artefacts: Artefacts) -> None:
    made = _measured(artefacts, _recall("dark", 500, 500))
    accuracy = changed(made.metrics.metrics["accuracy"], value=0.85)
    metrics = dict(made.metrics.metrics) | {"accuracy": accuracy}
    assert find_of_decisions(with_metrics(made, metrics=metrics)) == "Right for 85 of 100 rows"
