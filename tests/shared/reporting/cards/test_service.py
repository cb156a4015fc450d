from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Verdict
from tests.shared.reporting.cards.invented import card_of, share_of

_FINE = {"threshold": 0.8, "requested_error_share": 0.05, "answered": {"value": 0.9, "n": 100}} | {
    "error_share": share_of(0.01, 0.005, 0.03, n=900)
}


def _attribute(groups: Any) -> dict[str, Any]:
    """The attribute `tone`, if each of these groups erred so often in its answers."""
    rates = [
        {"metric": "error_of_answers", "group": name, "estimate": share, "n": share["n"]}
        for name, share in groups
    ]
    empty: dict[str, Any] = {
        "groups": [],
        "set_coverage": None,
        "verdict": "not enough data",
        "about": "people",
    }
    return {"attribute": "tone", "rates": rates, **empty}


def _service(artefacts: Artefacts, *, groups: Any = (), **changes: Any) -> Verdict:
    """The card on what happens in service, if abstention, of these groups too, had these values."""
    entry = artefacts.metrics["abstention"] | {"classes": []} | changes
    changed = replace(
        artefacts,
        metrics=artefacts.metrics | {"abstention": entry},
        fairness=artefacts.fairness | {"attributes": [_attribute(groups)]},
    )
    return card_of(changed, "What happens in service?")


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


def test_few_errors_among_all_answers_do_not_hide_a_class_of_which_all_are_wrong(
    artefacts: Artefacts,
) -> None:
    naevus = share_of(0.0, 0.0, 0.01, n=757) | {"name": "naevus"}
    melanoma = share_of(1.0, 0.51, 1.0, n=4) | {"name": "melanoma"}
    card = _service(artefacts, **_FINE, classes=[naevus, melanoma])
    assert card.tone == "bad"
    assert "contradicted for melanoma, 100.0\xa0% (4 of 4, 51.0 to 100.0\xa0%)" in card.detail


def test_a_group_whose_few_answers_may_be_wrong_is_not_green(artefacts: Artefacts) -> None:
    dark = share_of(0.0, 0.0, 0.18, n=18)
    card = _service(artefacts, **_FINE, groups=[("dark", dark)])
    assert card.tone == "warn"
    assert "not shown for tone dark, 0.0\xa0% (0 of 18" in card.detail


def test_a_class_without_an_answer_is_named(artefacts: Artefacts) -> None:
    none = {"value": None, "ci_low": None, "ci_high": None, "n": 0, "name": "wart"}
    card = _service(artefacts, **_FINE, classes=[none])
    assert card.tone == "muted"
    assert card.detail.endswith("nothing is known of wart")
