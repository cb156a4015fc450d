from __future__ import annotations

from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.run.artefacts.fairness.record import GroupRecord
from shared.run.artefacts.metrics.behaviour_entries import CapabilityEntry
from shared.run.artefacts.metrics.class_entries import CategoryCalibration
from shared.run.artefacts.metrics.robustness_entries import FlaggedShare, OodTable
from shared.run.artefacts.report.verdict import Verdict
from shared.statistics.intervals import Estimate
from shared.verdicts.checklist import judge_run
from tests.shared.changed import changed
from tests.shared.fairness.records.examples import ATTRIBUTE, GROUP
from tests.shared.verdicts.invented import card_of, with_attribute, with_metrics

_QUESTION = "Does it notice out-of-distribution inputs?"


def _verdict(artefacts: Artefacts, **flagged: Any) -> list[Verdict]:
    """What is said of out-of-distribution inputs if `flagged` is the share of each that is flagged."""
    (recipe,) = (item for item in artefacts.metrics.ood.perturbations if item.kind == "ood")
    entries = [changed(recipe, perturbation=name, flagged=value) for name, value in flagged.items()]
    table = OodTable(rule=None, flagged=None, perturbations=tuple(entries))
    cards = judge_run(with_metrics(artefacts, ood=table))
    return [card for card in cards if card.question == _QUESTION]


def _flagged(value: float, low: float, high: float, n: int = 200) -> FlaggedShare:
    return FlaggedShare(value=value, ci_low=low, ci_high=high, n=n)


def test_ood_inputs_that_are_surely_flagged_are_noticed(artefacts: Artefacts) -> None:
    recipe = _flagged(0.99, 0.96, 1.0)
    (verdict,) = _verdict(artefacts, recipe=recipe, poem=_flagged(0.97, 0.93, 0.99))
    assert (verdict.answer, verdict.status) == ("Those that were tried", "shown")
    assert verdict.detail.startswith("of 2 kinds tried, poem is flagged least: 97.0\xa0%")


def test_a_share_flagged_that_may_be_lower_than_wanted_is_not_green(artefacts: Artefacts) -> None:
    """11 of 12 is more than 90 %, and shows nothing."""
    (verdict,) = _verdict(artefacts, recipe=_flagged(0.917, 0.646, 0.985, n=12))
    assert (verdict.answer, verdict.status) == ("Not shown", "care")


def test_one_kind_that_passes_is_named(artefacts: Artefacts) -> None:
    recipe = _flagged(0.99, 0.96, 1.0)
    (verdict,) = _verdict(artefacts, recipe=recipe, poem=_flagged(0.4, 0.33, 0.47))
    assert (verdict.answer, verdict.status) == ("No: poem", "contradicted")
    assert "poem is flagged least: 40.0\xa0%" in verdict.detail


def test_a_model_without_a_rule_notices_nothing(artefacts: Artefacts) -> None:
    (verdict,) = _verdict(artefacts, recipe=None)
    assert (verdict.answer, verdict.status) == ("No", "contradicted")


def test_without_ood_inputs_nothing_is_asked(artefacts: Artefacts) -> None:
    assert _verdict(artefacts) == []


def _groups(artefacts: Artefacts, *groups: GroupRecord) -> Verdict:
    attribute = changed(ATTRIBUTE, verdict="equivalent within ε", groups=groups)
    return card_of(with_attribute(artefacts, attribute), "Equally good for all groups?")


def test_a_small_group_that_no_test_speaks_of_keeps_the_card_from_being_green(
    artefacts: Artefacts,
) -> None:
    assert _groups(artefacts, GROUP).status == "shown"
    card = _groups(artefacts, GROUP, changed(GROUP, group="dark", not_tested="few rows"))
    assert (card.status, card.answer.partition(", ")[2]) == ("unknown", "where it could be tested")
    assert card.detail.endswith("dark")


def test_no_failure_in_few_rows_does_not_show_a_capability(artefacts: Artefacts) -> None:
    assert artefacts.metrics.behaviours is not None
    few = CapabilityEntry(
        kind="minimum functionality",
        capability="negation",
        num_tests=1,
        n=8,
        num_cases=8,
        value=0.0,
        ci_low=0.0,
        ci_high=0.32,
    )
    cards = []
    for entry in (few, changed(few, ci_high=0.01, n=400, num_cases=400)):
        table = changed(artefacts.metrics.behaviours, capabilities=[entry])
        measured = with_metrics(artefacts, behaviours=table)
        cards.append(card_of(measured, "Does it pass tests that anybody would?"))
    assert [card.status for card in cards] == ["care", "shown"]
    assert cards[0].answer == "Not shown at negation"


def test_one_number_has_one_interval_wherever_it_stands(artefacts: Artefacts) -> None:
    calibration = artefacts.metrics.calibration
    assert isinstance(calibration, CategoryCalibration)
    after = calibration.after
    metrics = artefacts.metrics.metrics
    for name, found in (("ece", after.ece), ("log_loss", after.log_loss), ("brier", after.brier)):
        entry = metrics[name]
        ends = (entry.value, entry.ci_low, entry.ci_high)
        assert (found.value, found.ci_low, found.ci_high) == ends, name


def _disturbed(artefacts: Artefacts, mild: float, strong: float) -> Verdict:
    """If noise costs at most so much, mild or strong; each interval is one point wide."""
    noise = [item for item in artefacts.metrics.perturbations if item.perturbation == "noise"]
    entries = [
        changed(item, drop=Estimate(value=loss, ci_low=loss - 0.01, ci_high=loss))
        for item, loss in zip(noise, (mild, strong), strict=False)
    ]
    made = with_metrics(artefacts, perturbations=entries)
    return card_of(made, "What disturbs it most?")


def test_only_mild_changes_are_held_against_a_model(artefacts: Artefacts) -> None:
    margin = artefacts.fairness.margin
    assert _disturbed(artefacts, margin, 0.5).status == "shown"
    assert _disturbed(artefacts, margin + 0.001, 0.5).status == "care"
