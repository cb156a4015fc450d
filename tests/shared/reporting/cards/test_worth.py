from __future__ import annotations

from shared.reporting.artefacts import Artefacts
from shared.reporting.cards.worth import worth_table
from shared.reporting.page import Verdict
from shared.reporting.sections.verdicts import view_verdicts
from shared.statistics.intervals import Estimate
from tests.shared.changed import changed
from tests.shared.reporting.cards.invented import card_of, with_metrics

_QUESTION = "Is the deep network worth it?"


def _card(artefacts: Artefacts, value: float, low: float, high: float) -> Verdict:
    """Of a network that differs from its floor by so much in a metric that should be high."""
    floor = artefacts.metrics.floor
    assert floor is not None
    difference = Estimate(value=value, ci_low=low, ci_high=high)
    first = changed(floor.metrics[0], better="higher", network_minus_floor=difference)
    table = changed(floor, metrics=[first, *floor.metrics[1:]])
    return card_of(with_metrics(artefacts, floor=table), _QUESTION)


def test_it_is_the_first_question(artefacts: Artefacts) -> None:
    assert view_verdicts(artefacts)[0].question == _QUESTION


def test_a_yes_needs_the_whole_interval(artefacts: Artefacts) -> None:
    assert _card(artefacts, 0.05, 0.01, 0.09).answer == "Yes"
    unsure = _card(artefacts, 0.05, -0.01, 0.11)
    assert (unsure.answer, unsure.tone) == ("Not shown", "warn")
    worse = _card(artefacts, -0.05, -0.09, -0.01)
    assert (worse.answer, worse.tone) == ("No, its floor is better", "bad")
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
