from __future__ import annotations

from shared.reporting.artefacts import Artefacts
from shared.reporting.sections.results import worth_table
from shared.run.artefacts.report.verdict import Verdict
from shared.statistics.intervals import Estimate
from shared.verdicts.checklist import judge_run
from tests.shared.changed import changed
from tests.shared.verdicts.invented import card_of, with_metrics

_QUESTION = "Is the deep network worth it?"


def _card(artefacts: Artefacts, value: float, low: float, high: float) -> Verdict:
    """Of a network that differs from its floor by so much in a metric that should be high."""
    floor = artefacts.metrics.floor
    assert floor is not None
    difference = Estimate(value=value, ci_low=low, ci_high=high)
    first = changed(floor.metrics[0], better="higher", network_minus_floor=difference)
    table = changed(floor, metrics=[first, *floor.metrics[1:]])
    return card_of(with_metrics(artefacts, floor=table), _QUESTION)


def test_it_follows_the_question_whether_the_model_is_better_at_all(artefacts: Artefacts) -> None:
    assert [verdict.id for verdict in judge_run(artefacts)[:2]] == ["accuracy", "worth"]


def test_a_better_floor_that_is_deployed_serves_nobody_worse(artefacts: Artefacts) -> None:
    floor = artefacts.metrics.floor
    assert floor is not None
    difference = Estimate(value=-0.05, ci_low=-0.09, ci_high=-0.01)
    first = changed(floor.metrics[0], better="higher", network_minus_floor=difference)
    table = changed(floor, metrics=[first, *floor.metrics[1:]], deployed="floor")
    card = card_of(with_metrics(artefacts, floor=table), _QUESTION)
    assert (card.answer, card.status) == ("No, its floor is better", "care")


def test_a_yes_needs_the_whole_interval(artefacts: Artefacts) -> None:
    assert _card(artefacts, 0.05, 0.01, 0.09).answer == "Yes"
    unsure = _card(artefacts, 0.05, -0.01, 0.11)
    assert (unsure.answer, unsure.status) == ("Not shown", "care")
    worse = _card(artefacts, -0.05, -0.09, -0.01)
    assert (worse.answer, worse.status) == ("No, its floor is better", "contradicted")
    assert "deployed: the network" in worse.detail
    assert _card(artefacts, 0.0, 0.0, 0.0).answer == "Not shown"


def test_without_a_floor_nothing_is_known(artefacts: Artefacts) -> None:
    assert card_of(with_metrics(artefacts, floor=None), _QUESTION).answer == "Not known"


def test_the_table_has_all_three_beside_each_other(artefacts: Artefacts) -> None:
    floor = artefacts.metrics.floor
    assert floor is not None
    table = worth_table(floor)
    models = [row[1].text for row in table.rows[:3]]
    assert models == ["Deployed: the network", "Network alone", "Floor: linear"]
    assert floor.reason in table.caption
