from __future__ import annotations

from typing import Any

import pytest

from shared.reporting.tables.groups import comparison_table, groups_table

_RECORD = {"metric": "error", "confidence": 0.95}
_UNITS = {"error": "share"}


def _estimate(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "ci_low": low, "ci_high": high, "note": ""}


def _entry(verdict: str) -> dict[str, Any]:
    gap = _estimate(0.094, 0.01, 0.18)
    men = {
        "group": "men",
        "n": 80,
        "num_entities": 40,
        "suppressed": False,
        "reason": "",
        "not_tested": "",
        "metrics": {"error": _estimate(0.2, 0.12, 0.3)},
        "gaps": {"error": gap},
        "ratios": {"error": _estimate(1.9, 1.1, 3.0)},
        "reference_gaps": {"error": gap},
        "reference_ratios": {"error": _estimate(1.9, 1.1, 3.0)},
        "case_mix_gap": gap,
    }
    reference = {"group": "women", "is_named": False}
    return {"attribute": "sex", "verdict": verdict, "groups": [men], "reference": reference}


@pytest.mark.parametrize(("verdict", "tone"), [("gap found", "bad"), ("inconclusive", "")])
def test_a_gap_is_red_only_where_the_attribute_s_test_found_one(verdict: str, tone: str) -> None:
    entry = _entry(verdict)
    (shown,) = groups_table(entry, _RECORD, _UNITS).rows
    assert [cell.tone for cell in shown[3:5]] == [tone, tone]
    (table,) = comparison_table(entry, _RECORD, _UNITS)
    assert [cell.tone for cell in table.rows[0][1:]] == [tone] * 4
