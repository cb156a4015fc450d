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


def _share(value: float, low: float, high: float, n: int = 200) -> dict[str, Any]:
    return {"value": value, "ci_low": low, "ci_high": high, "n": n}


def test_ood_inputs_that_are_surely_flagged_are_noticed(artefacts: Artefacts) -> None:
    recipe = _share(0.99, 0.96, 1.0)
    (verdict,) = _verdict(artefacts, recipe=recipe, poem=_share(0.97, 0.93, 0.99))
    assert (verdict.answer, verdict.tone) == ("Those that were tried", "good")
    assert verdict.detail.startswith("of 2 kinds tried, poem is flagged least: 97.0\xa0%")


def test_a_share_flagged_that_may_be_lower_than_wanted_is_not_green(artefacts: Artefacts) -> None:
    """11 of 12 is more than 90 %, and shows nothing."""
    (verdict,) = _verdict(artefacts, recipe=_share(0.917, 0.646, 0.985, n=12))
    assert (verdict.answer, verdict.tone) == ("Not shown", "warn")


def test_one_kind_that_passes_is_named(artefacts: Artefacts) -> None:
    recipe = _share(0.99, 0.96, 1.0)
    (verdict,) = _verdict(artefacts, recipe=recipe, poem=_share(0.4, 0.33, 0.47))
    assert (verdict.answer, verdict.tone) == ("No: poem", "bad")
    assert "poem is flagged least: 40.0\xa0%" in verdict.detail


def test_a_model_without_a_rule_notices_nothing(artefacts: Artefacts) -> None:
    (verdict,) = _verdict(artefacts, recipe=None)
    assert (verdict.answer, verdict.tone) == ("No", "bad")


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
    [
        (0.9, (0.01, 0.04), "good"),
        (0.9, (0.01, 0.06), "warn"),  # an interval that merely includes what was asked for
        (0.3, (0.01, 0.04), "warn"),
        (0.9, (0.06, 0.2), "bad"),
    ],
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


def _card(artefacts: Artefacts, question: str) -> Verdict:
    (card,) = (item for item in view_verdicts(artefacts) if item.question == question)
    return card


def _coverage(
    artefacts: Artefacts, pool: dict[str, Any], *, classes: Any = (), groups: Any = ()
) -> Verdict:
    """The card on coverage of 90 % sets, if all rows, classes and groups had these shares."""
    named = [share | {"name": name, "mean_size": {"value": 1.0}} for name, share in classes]
    sets = artefacts.metrics["sets"] | {"nominal": 0.9, "coverage": pool, "classes": named}
    of_groups = [{"group": name, "deployed": {"coverage": share}} for name, share in groups]
    found = {"attribute": "tone", "set_coverage": {"groups": of_groups}, "rates": []}
    attribute = artefacts.fairness["attributes"][0] | found
    changed = replace(
        artefacts,
        metrics=artefacts.metrics | {"sets": sets},
        fairness=artefacts.fairness | {"attributes": [attribute]},
    )
    return _card(changed, "Is its confidence right?")


_FINE = _share(0.91, 0.89, 0.93, n=1000)


def test_coverage_that_is_shown_everywhere_is_green_and_states_epsilon(
    artefacts: Artefacts,
) -> None:
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE)], groups=[("dark", _FINE)])
    assert (card.answer, card.tone) == ("Yes", "good")
    assert "ε = 5.0 points" in card.detail


def test_coverage_of_all_rows_does_not_hide_a_class_far_below(artefacts: Artefacts) -> None:
    melanoma = _share(0.75, 0.626, 0.843, n=60)
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE), ("melanoma", melanoma)])
    assert (card.answer, card.tone) == ("No: melanoma", "bad")
    assert "least: melanoma, 75.0\xa0% (45 of 60, 62.6 to 84.3\xa0%)" in card.detail


def test_coverage_of_all_rows_does_not_hide_a_group_that_may_be_below(
    artefacts: Artefacts,
) -> None:
    dark = _share(0.83, 0.6, 0.94, n=18)
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE)], groups=[("dark", dark)])
    assert (card.answer, card.tone) == ("Not shown", "warn")
    assert "least: tone dark, 83.0\xa0% (15 of 18" in card.detail


def test_an_interval_that_merely_includes_what_is_nominal_is_not_green(
    artefacts: Artefacts,
) -> None:
    card = _coverage(artefacts, _share(0.863, 0.813, 0.902))
    assert (card.answer, card.tone) == ("Not shown", "warn")


def test_a_class_without_test_rows_is_named_beside_a_yes(artefacts: Artefacts) -> None:
    nothing = {"value": None, "ci_low": None, "ci_high": None, "n": 0}
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE), ("wart", nothing)])
    assert (card.answer, card.tone) == ("Yes, where it was measured", "muted")
    assert card.detail.endswith("nothing is known of wart")


def _groups(artefacts: Artefacts, *groups: dict[str, Any]) -> Verdict:
    attribute = artefacts.fairness["attributes"][0]
    equal = {"verdict": "equivalent within ε", "about": "people", "groups": groups}
    changed = artefacts.fairness | {"attributes": [attribute | equal]}
    return _card(replace(artefacts, fairness=changed), "Equally good for all groups?")


def test_a_small_group_that_no_test_speaks_of_keeps_the_card_from_being_green(
    artefacts: Artefacts,
) -> None:
    light = {"group": "light", "reason": "", "not_tested": "", "suppressed": False}
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
        cards.append(_card(changed, "Does it pass tests that anybody would?"))
    assert [card.tone for card in cards] == ["warn", "good"]
    assert cards[0].answer == "Not shown at negation"


def test_one_number_has_one_interval_wherever_it_stands(artefacts: Artefacts) -> None:
    metrics = artefacts.metrics["metrics"]
    ends = ("value", "ci_low", "ci_high")
    after = artefacts.metrics["calibration"]["after"]
    found = {name: after[name] for name in ("ece", "log_loss", "brier")}
    for name, estimate in found.items():
        assert [estimate[end] for end in ends] == [metrics[name][end] for end in ends], name
