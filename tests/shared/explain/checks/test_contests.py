from __future__ import annotations

import numpy as np

from shared.explain.checks.contests import CHANCE, hold_contests
from shared.run.artefacts.explanations.checks import Contest, NaiveOrder
from shared.run.artefacts.explanations.record import ExplainedExample
from shared.statistics.bootstrap import Resampling
from tests.shared.explain.examples import explained_example

_RESAMPLING = Resampling(400, 0.95, (0,))


def _row(place: int, *, ours: float, centre: float, darkest: float) -> ExplainedExample:
    noise = float(np.random.default_rng(place).normal(0.0, 0.02))
    orders = (
        NaiveOrder(name="centre", deletion_auc=centre, insertion_auc=0.5, pointing_hit=True),
        NaiveOrder(name="darkest", deletion_auc=darkest, insertion_auc=0.4, pointing_hit=False),
    )
    numbers = {"deletion_auc": ours + noise, "insertion_auc": 0.5 + noise, "naive": orders}
    known = {"pointing_hit": True, "pointing_expected": 0.2, "right": place > 0}
    return explained_example(entity=f"row-{place}", **numbers, **known)


def _contests(**numbers: float) -> dict[tuple[str, str], Contest]:
    rows = [_row(place, **numbers) for place in range(8)]
    return {(one.measure, one.against): one for one in hold_contests(rows, _RESAMPLING)}


def test_a_lead_is_positive_where_explanations_are_better_and_the_hardest_is_named() -> None:
    found = _contests(ours=0.2, centre=0.4, darkest=0.3)
    of_deletion = {name: one for (measure, name), one in found.items() if measure == "deletion"}
    assert set(of_deletion) == {CHANCE, "centre", "darkest"}
    assert [name for name, one in of_deletion.items() if one.hardest] == ["darkest"]
    lead = of_deletion["darkest"].lead
    assert lead.ci_low is not None and lead.ci_high is not None
    assert 0.0 < lead.ci_low < 0.1 < lead.ci_high < 0.2


def test_explanations_that_only_repeat_a_naive_order_do_not_beat_it() -> None:
    lead = _contests(ours=0.3, centre=0.3, darkest=0.6)["deletion", "centre"].lead
    assert lead.ci_low is not None and lead.ci_high is not None
    assert lead.ci_low < 0.0 < lead.ci_high


def test_known_causes_count_on_rightly_predicted_rows_only() -> None:
    found = _contests(ours=0.2, centre=0.4, darkest=0.3)
    assert found["pointing", "centre"].n == 7
    assert found["deletion", "centre"].n == 8
    assert found["pointing", "centre"].lead.value == 0.0
    assert ("localisation", "centre") not in found


def test_rows_of_one_entity_give_no_interval() -> None:
    row = _row(1, ours=0.2, centre=0.4, darkest=0.3)
    assert hold_contests([row, row], _RESAMPLING)[0].lead.interval is None
