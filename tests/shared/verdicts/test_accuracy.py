from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.reporting.artefacts import Artefacts
from shared.run.artefacts.fairness.record import AttributeRecord, GroupRecord
from shared.run.artefacts.metrics.forecast_entries import SkillEntry
from shared.run.artefacts.report.verdict import Verdict
from shared.statistics.intervals import Estimate, Interval
from shared.statistics.shares import ShareEstimate
from shared.targets import Horizon
from shared.verdicts.accuracy import judge_accuracy
from tests.shared.changed import changed
from tests.shared.fairness.records.examples import ATTRIBUTE, GROUP
from tests.shared.verdicts.invented import card_of, share_of, with_attribute, with_metrics

Named = Sequence[tuple[str, ShareEstimate]]

_FINE = share_of(0.9, 0.85, 0.93, n=300)


def _measured(
    artefacts: Artefacts, *, classes: Named = (), groups: Named = (), **verdicts: str
) -> Verdict:
    """The card on the baseline, if metrics had these verdicts and parts were right so often."""
    metrics = {}
    for name, entry in artefacts.metrics.metrics.items():
        against = changed(entry.versus_baseline, verdict=verdicts.get(name, "not known"))
        metrics[name] = changed(entry, versus_baseline=against)
    assert artefacts.metrics.classes is not None
    one = artefacts.metrics.classes[0]
    found = [changed(one, name=name, recall=share, n=share.n) for name, share in classes]
    made = with_metrics(artefacts, metrics=metrics, classes=found)
    return card_of(with_attribute(made, _attribute(groups)), "Better than the baseline?")


def _attribute(groups: Named) -> AttributeRecord:
    return changed(ATTRIBUTE, attribute="tone", groups=[_group(*group) for group in groups])


def _group(name: str, right: ShareEstimate) -> GroupRecord:
    assert right.interval is not None
    ends = Interval(1.0 - right.interval.high, 1.0 - right.interval.low)
    wrong = Estimate.of(1.0 - (right.value or 0.0), ends)
    return changed(GROUP, group=name, n=right.n, metrics={"error": wrong})


def test_better_names_the_strongest_baseline_and_the_class_that_is_found_least(
    artefacts: Artefacts,
) -> None:
    least = share_of(0.8, 0.7, 0.87, n=80)
    card = _measured(
        artefacts,
        classes=[("good", _FINE), ("bad", least)],
        groups=[("dark", _FINE)],
        balanced_accuracy="better",
    )
    assert (card.answer, card.status) == ("Yes", "shown")
    assert ", the strongest baseline measured; least: bad, 80.0\xa0% (64 of 80" in card.detail


def test_a_class_that_is_never_found_is_named_though_the_model_beats_the_baseline(
    artefacts: Artefacts,
) -> None:
    never = share_of(0.0, 0.0, 0.13, n=26)
    card = _measured(
        artefacts, classes=[("good", _FINE), ("bad", never)], balanced_accuracy="better"
    )
    assert (card.answer, card.status) == ("Not for bad", "contradicted")
    assert "0 of 26" in card.detail


def test_a_small_group_that_may_be_answered_by_chance_is_named_with_its_counts(
    artefacts: Artefacts,
) -> None:
    card = _measured(
        artefacts,
        classes=[("good", _FINE)],
        groups=[("dark", share_of(10 / 21, 0.28, 0.68, n=21))],
        balanced_accuracy="better",
    )
    assert (card.answer, card.status) == ("Not shown for tone dark", "care")
    assert "least: tone dark, 47.6\xa0% (10 of 21, 28.0 to 68.0\xa0%) right" in card.detail


def test_too_few_rows_leave_no_claim_open_but_are_named(artefacts: Artefacts) -> None:
    card = _measured(
        artefacts,
        classes=[("good", _FINE)],
        groups=[
            ("pale", share_of(0.0, 0.0, 0.79, n=1)),
            ("dark", share_of(8 / 18, 0.25, 0.66, n=18)),
        ],
        balanced_accuracy="better",
    )
    assert (card.answer, card.status) == ("Yes, where it can be told", "unknown")
    assert card.numbers == "tone dark: 8 of 18 (too few rows to say; 1 more)"
    assert card.detail.endswith("too few to say: tone dark (8 of 18), tone pale (0 of 1)")


def test_where_every_part_has_too_few_rows_nothing_is_told_of_any(artefacts: Artefacts) -> None:
    few = share_of(0.5, 0.19, 0.81, n=6)
    card = _measured(artefacts, classes=[("good", few)], balanced_accuracy="better")
    assert (card.answer, card.status) == ("Yes, where it can be told", "unknown")
    assert card.numbers == "good: 3 of 6 (too few rows to say)"


def test_few_rows_that_contradict_a_claim_decide_it(artefacts: Artefacts) -> None:
    never = share_of(0.0, 0.0, 0.18, n=18)
    card = _measured(
        artefacts, classes=[("good", _FINE), ("bad", never)], balanced_accuracy="better"
    )
    assert (card.answer, card.status) == ("Not for bad", "contradicted")


def test_better_in_one_metric_and_worse_in_another_is_no_yes(artefacts: Artefacts) -> None:
    card = _measured(artefacts, balanced_accuracy="better", log_loss="worse")
    assert (card.answer, card.status) == ("Only in balanced accuracy", "care")
    assert "; worse in log loss (against " in card.detail
    assert {"balanced_accuracy", "log_loss"} <= set(artefacts.metrics.deciding_metrics)


def test_a_step_without_skill_is_named_though_the_forecast_beats_the_baseline(
    artefacts: Artefacts,
) -> None:
    skill = SkillEntry(
        baseline="seasonal_naive",
        n=200,
        value=0.25,
        steps=(Estimate.of(0.4, Interval(0.3, 0.5)), Estimate.of(0.1, Interval(-0.1, 0.3))),
    )
    primary = artefacts.metrics.metrics[artefacts.metrics.primary_metric]
    better = changed(primary.versus_baseline, verdict="better", value=-0.1)
    made = with_metrics(
        artefacts,
        metrics={"mse": changed(primary, versus_baseline=better, baseline_name="seasonal_naive")},
        primary_metric="mse",
        deciding_metrics=["mse"],
        skills=[skill],
    )
    target = Horizon(steps=2, channels=("load",), unit="kW", step_seconds=3600, season_steps=24)
    card = judge_accuracy(replace(made, data=changed(made.data, target=target)))
    assert (card.answer, card.status) == ("Not shown for step 2", "care")
    assert card.detail.endswith("step 2, 10.0\xa0% (−10.0 to 30.0\xa0%) less squared error")
