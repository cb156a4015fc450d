from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Verdict
from tests.shared.reporting.cards.invented import card_of, share_of


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
    return card_of(changed, "Is its confidence right?")


_FINE = share_of(0.91, 0.89, 0.93, n=1000)


def test_coverage_that_is_shown_everywhere_is_green_and_states_epsilon(
    artefacts: Artefacts,
) -> None:
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE)], groups=[("dark", _FINE)])
    assert (card.answer, card.tone) == ("Yes", "good")
    assert "ε = 5.0 points" in card.detail


def test_coverage_of_all_rows_does_not_hide_a_class_far_below(artefacts: Artefacts) -> None:
    melanoma = share_of(0.75, 0.626, 0.843, n=60)
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE), ("melanoma", melanoma)])
    assert (card.answer, card.tone) == ("No: melanoma", "bad")
    assert "least: melanoma, 75.0\xa0% (45 of 60, 62.6 to 84.3\xa0%)" in card.detail


def test_coverage_of_all_rows_does_not_hide_a_group_that_may_be_below(
    artefacts: Artefacts,
) -> None:
    dark = share_of(0.83, 0.6, 0.94, n=18)
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE)], groups=[("dark", dark)])
    assert (card.answer, card.tone) == ("Not shown", "warn")
    assert "least: tone dark, 83.0\xa0% (15 of 18" in card.detail


def test_an_interval_that_merely_includes_what_is_nominal_is_not_green(
    artefacts: Artefacts,
) -> None:
    card = _coverage(artefacts, share_of(0.863, 0.813, 0.902))
    assert (card.answer, card.tone) == ("Not shown", "warn")


def test_a_class_without_test_rows_is_named_beside_a_yes(artefacts: Artefacts) -> None:
    nothing = {"value": None, "ci_low": None, "ci_high": None, "n": 0}
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE), ("wart", nothing)])
    assert (card.answer, card.tone) == ("Yes, where it was measured", "muted")
    assert card.detail.endswith("nothing is known of wart")
