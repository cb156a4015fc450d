from __future__ import annotations

from typing import Any

from shared.reporting.tables.set_coverage import set_coverage_tables

_GROUP: dict[str, Any] = {
    "group": "islanders",
    "num_val": 12,
    "reason": "12 validation rows, of which 20 are needed for a threshold of its own",
    "deployed": {
        "coverage": {"n": 140, "value": 0.71, "ci_low": 0.62, "ci_high": 0.79},
        "mean_size": {"value": 1.5, "ci_low": 1.4, "ci_high": 1.62},
    },
    "own": None,
}


def test_coverage_below_nominal_is_said_in_words() -> None:
    (table,) = set_coverage_tables({"set_coverage": {"nominal": 0.9, "groups": [_GROUP]}})
    name, counts, held, size, own, _ = table.rows[0]
    assert (name.text, counts.text, counts.note, size.text) == (
        "islanders",
        "140",
        "validation 12",
        "1.50",
    )
    assert (held.tone, held.note) == ("bad", "62.0 to 79.0\N{NO-BREAK SPACE}%; below nominal")
    assert (own.text, own.note) == ("–", _GROUP["reason"])


def test_sets_of_its_own_stand_beside_the_deployed_ones() -> None:
    (table,) = set_coverage_tables(
        {
            "set_coverage": {
                "nominal": 0.7,
                "groups": [_GROUP | {"reason": "", "own": _GROUP["deployed"]}],
            }
        }
    )
    row = table.rows[0]
    assert [row[3].text, row[5].text] == ["1.50", "1.50"]
    assert row[2] == row[4]
    assert row[2].tone == ""


def test_without_sets_there_is_no_table() -> None:
    assert set_coverage_tables({"set_coverage": None}) == ()
