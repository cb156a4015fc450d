from __future__ import annotations

from dataclasses import replace

from shared.reporting.artefacts import Artefacts
from shared.reporting.reader.breaks import view_breaks
from shared.run.artefacts.metrics.robustness_entries import FlaggedShare
from shared.statistics.intervals import Estimate


def with_drops(artefacts: Artefacts, low: float, flagged: FlaggedShare) -> Artefacts:
    """Every perturbation costs at least `low`; of every changed row this share is flagged."""
    metrics = artefacts.metrics
    drop = Estimate(value=low + 0.1, ci_low=low, ci_high=low + 0.2)
    entries = tuple(entry.model_copy(update={"drop": drop}) for entry in metrics.perturbations)
    items = tuple(
        item.model_copy(update={"flagged": flagged}) for item in metrics.ood.perturbations
    )
    ood = metrics.ood.model_copy(update={"perturbations": items})
    changed = metrics.model_copy(update={"perturbations": entries, "ood": ood})
    return replace(artefacts, metrics=changed)


RARELY = FlaggedShare(value=0.1, ci_low=0.05, ci_high=0.2, n=100)
UNSURE = FlaggedShare(value=0.4, ci_low=0.3, ci_high=0.6, n=100)


def test_a_disturbance_that_surely_costs_and_is_surely_not_flagged_passes_unnoticed(
    artefacts: Artefacts,
) -> None:
    rarely = view_breaks(with_drops(artefacts, 0.2, RARELY))
    unsure = view_breaks(with_drops(artefacts, 0.2, UNSURE))
    assert rarely is not None and unsure is not None
    assert "1 passes unnoticed" in rarely.finding
    assert "none surely passes unnoticed" in unsure.finding


def test_a_loss_that_chance_explains_is_none(artefacts: Artefacts) -> None:
    view = view_breaks(with_drops(artefacts, -0.05, RARELY))
    assert view is not None
    assert "None of 1 disturbances surely costs anything" in view.finding
    assert view.panels[0].note.startswith("no sure cost")


def test_metric_and_flagged_share_stand_in_one_panel(artefacts: Artefacts) -> None:
    view = view_breaks(with_drops(artefacts, 0.2, RARELY))
    assert view is not None
    (panel,) = view.panels
    assert [curve.role for curve in panel.curves] == ["second", "main"]
    assert panel.note.endswith("10.0\N{NO-BREAK SPACE}% flagged")
