from __future__ import annotations

import pytest

from shared.explain.summary import summarise


def _example(**changes: object) -> dict[str, object]:
    return {"right": True, "additivity_error_relative": 0.0, "deletion_auc": 0.2, "deletion_gain": 0.3, "localisation": 0.8} | changes


def test_each_mean_has_n_interval_unit_and_meaning() -> None:
    summary = summarise([_example(deletion_auc=value) for value in (0.1, 0.2, 0.6)], confidence=0.95, seed=0)["deletion_auc"]
    assert summary["value"] == pytest.approx(0.3)
    assert summary["ci_low"] < 0.3 < summary["ci_high"]
    assert (summary["n"], summary["unit"], summary["better"]) == (3, "share", "lower")
    assert "most important segments first" in summary["describe"]


def test_localisation_counts_right_decisions_only() -> None:
    summary = summarise([_example(), _example(right=False, localisation=0.0)], confidence=0.95, seed=0)
    assert summary["localisation"]["value"] == 0.8
    assert summary["localisation"]["n"] == 1


def test_one_example_has_no_interval() -> None:
    summary = summarise([_example()], confidence=0.95, seed=0)
    assert summary["deletion_gain"]["ci_low"] is None


def test_what_no_example_has_is_left_out() -> None:
    assert "pointing_hit" not in summarise([_example(pointing_hit=None)] * 2, confidence=0.95, seed=0)


def test_equal_values_have_an_interval_of_no_width() -> None:
    summary = summarise([_example()] * 4, confidence=0.95, seed=0)["deletion_auc"]
    assert summary["ci_low"] == pytest.approx(0.2)
    assert summary["ci_high"] == pytest.approx(0.2)
