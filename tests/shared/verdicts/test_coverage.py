from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.reporting.artefacts import Artefacts
from shared.run.artefacts.fairness.mitigations import (
    GroupSetsRecord,
    SetCoverageRecord,
    SetsRecord,
)
from shared.run.artefacts.metrics.decision_entries import ClassSets
from shared.run.artefacts.report.verdict import Verdict
from shared.statistics.intervals import Estimate
from shared.statistics.shares import ShareEstimate
from tests.shared.changed import changed
from tests.shared.fairness.records.examples import ATTRIBUTE
from tests.shared.verdicts.invented import (
    NO_ROWS,
    card_of,
    share_of,
    with_attribute,
    with_metrics,
)

Named = Sequence[tuple[str, ShareEstimate]]

_SIZE = Estimate.of(1.0)


def _coverage(
    artefacts: Artefacts, pool: ShareEstimate, *, classes: Named = (), groups: Named = ()
) -> Verdict:
    """The card on coverage of 90 % sets, if all rows, classes and groups had these shares."""
    assert artefacts.metrics.sets is not None
    named = [ClassSets(**dict(share), name=name, mean_size=_SIZE) for name, share in classes]
    sets = changed(artefacts.metrics.sets, nominal=0.9, coverage=pool, classes=named)
    by_group = SetCoverageRecord(nominal=0.9, groups=tuple(_group(*group) for group in groups))
    attribute = changed(ATTRIBUTE, attribute="tone", set_coverage=by_group)
    made = with_attribute(with_metrics(artefacts, sets=sets), attribute)
    return card_of(made, "Is its confidence right?")


def _group(name: str, share: ShareEstimate) -> GroupSetsRecord:
    deployed = SetsRecord(coverage=share, mean_size=_SIZE)
    return GroupSetsRecord(group=name, num_val=100, reason="", deployed=deployed, own=None)


_FINE = share_of(0.91, 0.89, 0.93, n=1000)


def test_coverage_that_is_shown_everywhere_is_green_and_states_epsilon(
    artefacts: Artefacts,
) -> None:
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE)], groups=[("dark", _FINE)])
    assert (card.answer, card.status) == ("Yes", "shown")
    assert "ε = 5.0 points" in card.detail


def test_coverage_of_all_rows_does_not_hide_a_class_far_below(artefacts: Artefacts) -> None:
    melanoma = share_of(0.75, 0.626, 0.843, n=60)
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE), ("melanoma", melanoma)])
    assert (card.answer, card.status) == ("No: melanoma", "contradicted")
    assert "least: melanoma, 75.0\xa0% (45 of 60, 62.6 to 84.3\xa0%)" in card.detail


@pytest.mark.parametrize(
    ("num_rows", "answer", "status", "numbers"),
    [
        (20, "Not shown", "care", "tone dark: 17 of 20 (60.0–94.0\xa0%) held"),
        (18, "Yes, where it can be told", "unknown", "tone dark: 15 of 18 (too few rows to say)"),
    ],
)
def test_coverage_of_all_rows_does_not_hide_a_group_that_may_be_below(
    artefacts: Artefacts, num_rows: int, answer: str, status: str, numbers: str
) -> None:
    dark = share_of(0.83, 0.6, 0.94, n=num_rows)
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE)], groups=[("dark", dark)])
    assert (card.answer, card.status) == (answer, status)
    assert card.numbers.startswith(numbers)
    assert "tone dark" in card.detail


def test_an_interval_that_merely_includes_what_is_nominal_is_not_green(
    artefacts: Artefacts,
) -> None:
    card = _coverage(artefacts, share_of(0.863, 0.813, 0.902))
    assert (card.answer, card.status) == ("Not shown", "care")


def test_a_class_without_test_rows_is_named_beside_a_yes(artefacts: Artefacts) -> None:
    card = _coverage(artefacts, _FINE, classes=[("naevus", _FINE), ("wart", NO_ROWS)])
    assert (card.answer, card.status) == ("Yes, where it can be told", "unknown")
    assert card.detail.endswith("nothing is known of wart")
