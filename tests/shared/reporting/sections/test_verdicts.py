from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Verdict
from shared.reporting.sections.verdicts import view_verdicts
from tests.shared.reporting.cards.invented import card_of, share_of

_QUESTION = "Does it notice out-of-distribution inputs?"


def _verdict(artefacts: Artefacts, **flagged: Any) -> list[Verdict]:
    """What is said of out-of-distribution inputs if `flagged` is the share of each that is flagged."""
    (recipe,) = (
        item for item in artefacts.metrics["ood"]["perturbations"] if item["kind"] == "ood"
    )
    entries = [recipe | {"perturbation": name, "flagged": value} for name, value in flagged.items()]
    changed = replace(
        artefacts, metrics=artefacts.metrics | {"ood": {"rule": None, "perturbations": entries}}
    )
    return [verdict for verdict in view_verdicts(changed) if verdict.question == _QUESTION]


def test_ood_inputs_that_are_surely_flagged_are_noticed(artefacts: Artefacts) -> None:
    recipe = share_of(0.99, 0.96, 1.0)
    (verdict,) = _verdict(artefacts, recipe=recipe, poem=share_of(0.97, 0.93, 0.99))
    assert (verdict.answer, verdict.tone) == ("Those that were tried", "good")
    assert verdict.detail.startswith("of 2 kinds tried, poem is flagged least: 97.0\xa0%")


def test_a_share_flagged_that_may_be_lower_than_wanted_is_not_green(artefacts: Artefacts) -> None:
    """11 of 12 is more than 90 %, and shows nothing."""
    (verdict,) = _verdict(artefacts, recipe=share_of(0.917, 0.646, 0.985, n=12))
    assert (verdict.answer, verdict.tone) == ("Not shown", "warn")


def test_one_kind_that_passes_is_named(artefacts: Artefacts) -> None:
    recipe = share_of(0.99, 0.96, 1.0)
    (verdict,) = _verdict(artefacts, recipe=recipe, poem=share_of(0.4, 0.33, 0.47))
    assert (verdict.answer, verdict.tone) == ("No: poem", "bad")
    assert "poem is flagged least: 40.0\xa0%" in verdict.detail


def test_a_model_without_a_rule_notices_nothing(artefacts: Artefacts) -> None:
    (verdict,) = _verdict(artefacts, recipe=None)
    assert (verdict.answer, verdict.tone) == ("No", "bad")


def test_without_ood_inputs_nothing_is_asked(artefacts: Artefacts) -> None:
    assert _verdict(artefacts) == []


def _groups(artefacts: Artefacts, *groups: dict[str, Any]) -> Verdict:
    attribute = artefacts.fairness["attributes"][0]
    equal = {"verdict": "equivalent within ε", "about": "people", "groups": groups}
    changed = artefacts.fairness | {"attributes": [attribute | equal]}
    return card_of(replace(artefacts, fairness=changed), "Equally good for all groups?")


def test_a_small_group_that_no_test_speaks_of_keeps_the_card_from_being_green(
    artefacts: Artefacts,
) -> None:
    light = {"group": "light", "reason": "", "not_tested": "", "suppressed": False, "metrics": {}}
    assert _groups(artefacts, light).tone == "good"
    card = _groups(artefacts, light, light | {"group": "dark", "not_tested": "fewer than 20 rows"})
    assert (card.tone, card.answer.partition(", ")[2]) == ("muted", "where it could be tested")
    assert card.detail.endswith("dark")


def test_no_failure_in_few_rows_does_not_show_a_capability(artefacts: Artefacts) -> None:
    found = {"kind": "minimum functionality", "capability": "negation", "value": 0.0, "n": 8}
    few = found | {"ci_low": 0.0, "ci_high": 0.32}
    many = found | {"ci_low": 0.0, "ci_high": 0.01, "n": 400}
    cards = []
    for entry in (few, many):
        metrics = artefacts.metrics | {"behaviours": {"capabilities": [entry]}}
        changed = replace(artefacts, metrics=metrics)
        cards.append(card_of(changed, "Does it pass tests that anybody would?"))
    assert [card.tone for card in cards] == ["warn", "good"]
    assert cards[0].answer == "Not shown at negation"


def test_one_number_has_one_interval_wherever_it_stands(artefacts: Artefacts) -> None:
    metrics = artefacts.metrics["metrics"]
    ends = ("value", "ci_low", "ci_high")
    after = artefacts.metrics["calibration"]["after"]
    found = {name: after[name] for name in ("ece", "log_loss", "brier")}
    for name, estimate in found.items():
        assert [estimate[end] for end in ends] == [metrics[name][end] for end in ends], name
