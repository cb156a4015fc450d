from __future__ import annotations

from dataclasses import replace

import pytest

from shared.reporting.artefacts import Artefacts
from shared.reporting.reader.worth import view_worth
from shared.statistics.intervals import Estimate


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.01, 0.1, "Yes."), (-0.01, 0.1, "Not shown."), (-0.2, -0.1, "No.")],
)
def test_the_finding_is_no_stronger_than_the_interval(
    artefacts: Artefacts, low: float, high: float, said: str
) -> None:
    table = artefacts.metrics.floor
    assert table is not None
    difference = Estimate(value=(low + high) / 2, ci_low=low, ci_high=high)
    entry = table.metrics[0].model_copy(update={"network_minus_floor": difference})
    changed = table.model_copy(update={"metrics": (entry, *table.metrics[1:])})
    metrics = artefacts.metrics.model_copy(update={"floor": changed})
    view = view_worth(replace(artefacts, metrics=metrics))
    assert view is not None
    assert view.finding.startswith(said)


def test_the_naive_baseline_stands_beside_network_and_floor(artefacts: Artefacts) -> None:
    view = view_worth(artefacts)
    assert view is not None
    labels = [row.dot.label for row in view.plot.rows]
    assert labels[-1] == "naive: prior"
    assert "floor: linear" in labels
