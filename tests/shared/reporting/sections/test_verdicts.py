from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.page import Verdict
from shared.reporting.sections.verdicts import view_verdicts
from tests.shared.reporting.runs import make_run

_QUESTION = "Does it notice out-of-distribution inputs?"


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    return read_artefacts(make_run(tmp_path_factory.mktemp("runs") / "words"))


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


def test_ood_inputs_that_are_nearly_all_flagged_are_noticed(artefacts: Artefacts) -> None:
    (verdict,) = _verdict(artefacts, recipe={"value": 0.99}, poem={"value": 0.93})
    assert (verdict.answer, verdict.tone) == ("Those that were tried", "good")
    assert verdict.detail == "of 2 kinds tried, poem is flagged least: 93.0\xa0%"


def test_one_kind_that_passes_is_named(artefacts: Artefacts) -> None:
    (verdict,) = _verdict(artefacts, recipe={"value": 0.99}, poem={"value": 0.4})
    assert (verdict.answer, verdict.tone) == ("Not all", "warn")
    assert "poem is flagged least: 40.0\xa0%" in verdict.detail


def test_a_model_without_a_rule_notices_nothing(artefacts: Artefacts) -> None:
    (verdict,) = _verdict(artefacts, recipe=None)
    assert (verdict.answer, verdict.tone) == ("No", "warn")


def test_without_ood_inputs_nothing_is_asked(artefacts: Artefacts) -> None:
    assert _verdict(artefacts) == []


def _service(artefacts: Artefacts, **changes: Any) -> Verdict:
    """The card on what happens in service, if the abstention entry had these values."""
    entry = artefacts.metrics["abstention"] | changes
    changed = replace(artefacts, metrics=artefacts.metrics | {"abstention": entry})
    (card,) = (
        verdict
        for verdict in view_verdicts(changed)
        if verdict.question == "What happens in service?"
    )
    return card


def test_a_model_that_hands_on_everything_is_red_and_says_why(artefacts: Artefacts) -> None:
    card = _service(artefacts, threshold=None, why_always="validation has too few rows")
    assert (card.answer, card.tone) == ("It hands on every input", "bad")
    assert card.detail == "validation has too few rows"


@pytest.mark.parametrize(
    ("answered", "errors", "tone"),
    [(0.9, (0.01, 0.06), "good"), (0.3, (0.01, 0.06), "warn"), (0.9, (0.06, 0.2), "bad")],
)
def test_card_on_service_tells_the_share_handed_on_and_whether_the_promise_holds(
    artefacts: Artefacts, answered: float, errors: tuple[float, float], tone: str
) -> None:
    card = _service(
        artefacts,
        threshold=0.8,
        requested_error_share=0.05,
        answered={"value": answered, "n": 100},
        error_share={"value": errors[0], "ci_low": errors[0], "ci_high": errors[1], "n": 90},
    )
    assert card.answer == f"It hands on {1.0 - answered:.1%}".replace("%", "\xa0% of inputs")
    assert card.tone == tone
    assert "at most 5.0\xa0% asked for" in card.detail


def test_no_row_above_the_threshold_is_red_too(artefacts: Artefacts) -> None:
    nothing = {"value": None, "ci_low": None, "ci_high": None, "n": 0}
    card = _service(artefacts, threshold=0.99, answered={"value": 0.0}, error_share=nothing)
    assert (card.answer, card.tone) == ("It hands on every input", "bad")


def _beats(artefacts: Artefacts, **verdicts: str) -> Verdict:
    """What is said of the baseline if the metrics named have these verdicts, the others none."""
    metrics = {
        name: entry
        | {"versus_baseline": entry["versus_baseline"] | {"verdict": verdicts.get(name, "")}}
        for name, entry in artefacts.metrics["metrics"].items()
    }
    changed = replace(artefacts, metrics=artefacts.metrics | {"metrics": metrics})
    (card,) = (it for it in view_verdicts(changed) if it.question == "Better than the baseline?")
    return card


def test_better_names_the_strongest_baseline(artefacts: Artefacts) -> None:
    verdict = _beats(artefacts, balanced_accuracy="better", log_loss="inconclusive")
    assert (verdict.answer, verdict.tone) == ("Yes", "good")
    assert verdict.detail.endswith("the strongest baseline measured")


def test_better_in_one_metric_and_worse_in_another_is_no_yes(artefacts: Artefacts) -> None:
    verdict = _beats(artefacts, balanced_accuracy="better", log_loss="worse")
    assert (verdict.answer, verdict.tone) == ("Only in balanced accuracy", "warn")
    assert "; worse in log loss (against " in verdict.detail
    assert {"balanced_accuracy", "log_loss"} <= set(artefacts.metrics["deciding_metrics"])
