from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.cards.accuracy import judge_accuracy
from shared.reporting.page import Verdict
from shared.targets import Horizon
from tests.shared.reporting.cards.invented import card_of, share_of

_FINE = share_of(0.9, 0.85, 0.93, n=300)


def _measured(
    artefacts: Artefacts, *, classes: Any = (), groups: Any = (), **verdicts: str
) -> Verdict:
    """The card on the baseline, if metrics had these verdicts and parts were right so often."""
    metrics = {
        name: entry
        | {"versus_baseline": entry["versus_baseline"] | {"verdict": verdicts.get(name, "")}}
        for name, entry in artefacts.metrics["metrics"].items()
    }
    found = [{"name": name, "recall": share, "n": share["n"]} for name, share in classes]
    attribute = artefacts.fairness["attributes"][0] | {"groups": [_group(*it) for it in groups]}
    changed = replace(
        artefacts,
        metrics=artefacts.metrics | {"metrics": metrics, "classes": found},
        fairness=artefacts.fairness | {"attributes": [attribute | {"attribute": "tone"}]},
    )
    return card_of(changed, "Better than the baseline?")


def _group(name: str, right: dict[str, Any]) -> dict[str, Any]:
    wrong = {"value": 1.0 - right["value"], "ci_low": 1.0 - right["ci_high"]}
    wrong |= {"ci_high": 1.0 - right["ci_low"]}
    spoken_of = {"reason": "", "not_tested": "", "suppressed": ""}
    return {"group": name, "n": right["n"], "metrics": {"error": wrong}, **spoken_of}


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
    assert (card.answer, card.tone) == ("Yes", "good")
    assert ", the strongest baseline measured; least: bad, 80.0\xa0% (64 of 80" in card.detail


def test_a_class_that_is_never_found_is_named_though_the_model_beats_the_baseline(
    artefacts: Artefacts,
) -> None:
    never = share_of(0.0, 0.0, 0.13, n=26)
    card = _measured(
        artefacts, classes=[("good", _FINE), ("bad", never)], balanced_accuracy="better"
    )
    assert (card.answer, card.tone) == ("Not for bad", "bad")
    assert "0 of 26" in card.detail


def test_a_small_group_that_may_be_answered_by_chance_is_named_with_its_counts(
    artefacts: Artefacts,
) -> None:
    card = _measured(
        artefacts,
        classes=[("good", _FINE)],
        groups=[("dark", share_of(8 / 18, 0.25, 0.66, n=18))],
        balanced_accuracy="better",
    )
    assert (card.answer, card.tone) == ("Not shown for tone dark", "warn")
    assert "least: tone dark, 44.4\xa0% (8 of 18, 25.0 to 66.0\xa0%) right" in card.detail


def test_better_in_one_metric_and_worse_in_another_is_no_yes(artefacts: Artefacts) -> None:
    card = _measured(artefacts, balanced_accuracy="better", log_loss="worse")
    assert (card.answer, card.tone) == ("Only in balanced accuracy", "warn")
    assert "; worse in log loss (against " in card.detail
    assert {"balanced_accuracy", "log_loss"} <= set(artefacts.metrics["deciding_metrics"])


def test_a_step_without_skill_is_named_though_the_forecast_beats_the_baseline(
    artefacts: Artefacts,
) -> None:
    ends = ("value", "ci_low", "ci_high")
    steps = [dict(zip(ends, it, strict=True)) for it in ((0.4, 0.3, 0.5), (0.1, -0.1, 0.3))]
    primary = artefacts.metrics["metrics"][artefacts.metrics["primary_metric"]]
    better = primary["versus_baseline"] | {"verdict": "better", "value": -0.1}
    entry = primary | {"versus_baseline": better, "baseline_name": "seasonal_naive"}
    metrics = artefacts.metrics | {
        "metrics": {"mse": entry},
        "primary_metric": "mse",
        "deciding_metrics": ["mse"],
        "skills": [{"baseline": "seasonal_naive", "steps": steps}],
    }
    target = Horizon(steps=2, channels=("load",), unit="kW", step_seconds=3600, season_steps=24)
    card = judge_accuracy(replace(artefacts, metrics=metrics, target=target))
    assert (card.answer, card.tone) == ("Not shown for step 2", "warn")
    assert card.detail.endswith("step 2, 10.0\xa0% (−10.0 to 30.0\xa0%) less squared error")
