from __future__ import annotations

from dataclasses import replace

from shared.reporting.artefacts import Artefacts
from shared.reporting.reader.groups import view_groups
from shared.statistics.intervals import Estimate


def with_groups(artefacts: Artefacts, **changes: object) -> Artefacts:
    record = artefacts.fairness.model_copy(update=changes)
    return replace(artefacts, fairness=record)


def with_first_attribute(artefacts: Artefacts, verdict: str, gap: Estimate) -> Artefacts:
    """The first group of the first attribute has this gap, under this verdict."""
    first, *others = artefacts.fairness.attributes
    group, *rest = first.groups
    changed = group.model_copy(update={"gaps": {artefacts.fairness.metric: gap}})
    entry = first.model_copy(update={"verdict": verdict, "groups": (changed, *rest)})
    return with_groups(artefacts, attributes=(entry, *others))


def test_a_gap_is_red_only_if_an_adjusted_test_found_it(artefacts: Artefacts) -> None:
    gap = Estimate(value=0.2, ci_low=0.1, ci_high=0.3)
    found = view_groups(with_first_attribute(artefacts, "gap found", gap))
    inconclusive = view_groups(with_first_attribute(artefacts, "inconclusive", gap))
    assert found is not None and inconclusive is not None
    assert found.plot.rows[0].dot.tone == "bad"
    assert "20.0 points more than everyone else (10.0 to 30.0 points)" in found.finding
    assert inconclusive.plot.rows[0].dot.tone == ""
    assert "No gap is surely there" in inconclusive.finding


def test_an_interval_that_holds_no_gap_is_no_finding(artefacts: Artefacts) -> None:
    view = view_groups(
        with_first_attribute(artefacts, "gap found", Estimate(value=0.2, ci_low=-0.1, ci_high=0.5))
    )
    assert view is not None
    assert view.plot.rows[0].dot.tone == ""


def test_few_rows_are_shown_as_counts(artefacts: Artefacts) -> None:
    first, *others = artefacts.fairness.attributes
    rate = next(rate for rate in first.rates if rate.metric == "recall")
    few = rate.model_copy(
        update={
            "n": 18,
            "not_tested": "fewer than 20 rows",
            "estimate": Estimate(value=4 / 18, ci_low=0.09, ci_high=0.45),
        }
    )
    rates = tuple(few if one is rate else one for one in first.rates)
    entry = first.model_copy(update={"rates": rates})
    view = view_groups(with_groups(artefacts, attributes=(entry, *others)))
    assert view is not None and view.cells is not None
    assert view.cells.plot.rows[0].dot.text == "4 of 18"
    assert view.cells.plot.rows[0].dot.is_hollow
    assert "4 of 18 are found" in view.cells.finding


def test_data_without_groups_has_no_figure(artefacts: Artefacts) -> None:
    assert view_groups(with_groups(artefacts, attributes=())) is None
