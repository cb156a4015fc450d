from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shared.reporting.artefacts import Artefacts
from shared.run.artefacts.fairness.rates import RateRecord
from shared.run.artefacts.fairness.record import AttributeRecord
from shared.run.artefacts.metrics.decision_entries import ClassAnswers
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

_FINE: dict[str, Any] = {
    "threshold": 0.8,
    "requested_error_share": 0.05,
    "answered": share_of(0.9, 0.88, 0.92, n=1000),
    "error_share": share_of(0.01, 0.005, 0.03, n=900),
}


def _attribute(groups: Named) -> AttributeRecord:
    """The attribute `tone`, if each of these groups erred so often in its answers."""
    return changed(ATTRIBUTE, attribute="tone", rates=[_rate(*group) for group in groups])


def _rate(name: str, share: ShareEstimate) -> RateRecord:
    return RateRecord(
        metric="error_of_answers",
        of_class=None,
        group=name,
        n=share.n,
        num_entities=share.num_entities,
        reason="",
        not_tested="",
        estimate=Estimate.of(share.value or 0.0, share.interval),
        gap=None,
        ratio=None,
        reference_gap=None,
        reference_ratio=None,
    )


def _service(artefacts: Artefacts, *, groups: Named = (), **changes: Any) -> Verdict:
    """The card on what happens in service, if abstention, of these groups too, had these values."""
    assert artefacts.metrics.abstention is not None
    entry = changed(artefacts.metrics.abstention, **{"classes": ()} | changes)
    made = with_attribute(with_metrics(artefacts, abstention=entry), _attribute(groups))
    return card_of(made, "What happens in service?")


def _class(name: str, share: ShareEstimate) -> ClassAnswers:
    return ClassAnswers(**dict(share), name=name)


def test_a_model_that_hands_on_everything_is_red_and_says_why(artefacts: Artefacts) -> None:
    card = _service(artefacts, threshold=None, why_always="validation has too few rows")
    assert (card.answer, card.status) == ("It hands on every input", "contradicted")
    assert card.detail == "validation has too few rows"


@pytest.mark.parametrize(
    ("answered", "errors", "status"),
    [
        (0.9, (0.01, 0.04), "shown"),
        (0.9, (0.01, 0.06), "care"),  # an interval that merely includes what was asked for
        (0.3, (0.01, 0.04), "care"),
        (0.9, (0.06, 0.2), "contradicted"),
    ],
)
def test_card_on_service_tells_the_share_handed_on_and_whether_the_promise_holds(
    artefacts: Artefacts, answered: float, errors: tuple[float, float], status: str
) -> None:
    card = _service(
        artefacts,
        threshold=0.8,
        requested_error_share=0.05,
        answered=share_of(answered, answered, answered),
        error_share=share_of(errors[0], errors[0], errors[1]),
    )
    assert card.answer == f"It hands on {1.0 - answered:.1%}".replace("%", "\xa0% of inputs")
    assert card.status == status
    assert "at most 5.0\xa0% asked for" in card.detail


def test_no_row_above_the_threshold_is_red_too(artefacts: Artefacts) -> None:
    none = share_of(0.0, 0.0, 0.02)
    card = _service(artefacts, threshold=0.99, answered=none, error_share=NO_ROWS)
    assert (card.answer, card.status) == ("It hands on every input", "contradicted")


def test_few_errors_among_all_answers_do_not_hide_a_class_of_which_all_are_wrong(
    artefacts: Artefacts,
) -> None:
    naevus = _class("naevus", share_of(0.0, 0.0, 0.01, n=757))
    melanoma = _class("melanoma", share_of(1.0, 0.51, 1.0, n=4))
    card = _service(artefacts, **_FINE, classes=[naevus, melanoma])
    assert card.status == "contradicted"
    assert "contradicted for melanoma, 100.0\xa0% (4 of 4, 51.0 to 100.0\xa0%)" in card.detail


def test_a_group_whose_few_answers_may_be_wrong_is_not_green(artefacts: Artefacts) -> None:
    dark = share_of(0.0, 0.0, 0.14, n=24)
    card = _service(artefacts, **_FINE, groups=[("dark", dark)])
    assert card.status == "care"
    assert "not shown for tone dark, 0.0\xa0% (0 of 24" in card.detail


def test_a_group_of_too_few_answers_is_named_and_not_green(artefacts: Artefacts) -> None:
    dark = share_of(0.0, 0.0, 0.18, n=18)
    card = _service(artefacts, **_FINE, groups=[("dark", dark)])
    assert card.status == "unknown"
    assert card.numbers.startswith("wrong of tone dark: 0 of 18 (too few rows to say)")


def test_a_class_without_an_answer_is_named(artefacts: Artefacts) -> None:
    card = _service(artefacts, **_FINE, classes=[_class("wart", NO_ROWS)])
    assert card.status == "unknown"
    assert card.detail.endswith("nothing is known of wart")
