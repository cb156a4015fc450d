from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame
from sklearn.metrics import log_loss, zero_one_loss

from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import (
    CATEGORIES,
    HORIZON,
    classified,
    forecast,
)
from tests.shared.fairness.assessed import assessed, biased, by_entity, gap_of, values_of


@pytest.mark.parametrize("seed", range(3))
def test_group_values_equal_fairlearns(tmp_path: Path, seed: int) -> None:
    test = classified(seed)
    groups = by_entity(test, ["a", "b", "c"], seed)
    _, table, _ = assessed(tmp_path, test, {"site": groups})
    decided, probabilities = CATEGORIES.decide(test.scores), CATEGORIES.probabilities(test.scores)
    frame = MetricFrame(
        metrics=zero_one_loss, y_true=test.targets, y_pred=decided, sensitive_features=groups
    )
    assert values_of(table, "error") == pytest.approx(frame.by_group.to_dict(), abs=1e-12)
    expected = {
        g: log_loss(test.targets[groups == g], probabilities[groups == g], labels=[0, 1, 2])
        for g in ("a", "b", "c")
    }
    assert values_of(table, "log_loss") == pytest.approx(expected, abs=1e-12)


def test_gap_is_the_group_minus_the_pooled_rest(tmp_path: Path) -> None:
    test = classified(0)
    groups = by_entity(test, ["a", "b", "c"])
    document, _, _ = assessed(tmp_path, test, {"site": groups})
    wrong = CATEGORIES.row_errors(test)["error"]
    for group in "abc":
        gap = gap_of(document["attributes"][0], group)
        assert gap["value"] == pytest.approx(
            wrong[groups == group].mean() - wrong[groups != group].mean(), abs=1e-12
        )
        assert gap["ci_low"] <= gap["value"] <= gap["ci_high"]


def test_a_planted_gap_is_found_and_points_at_the_group(tmp_path: Path) -> None:
    test = classified(0, num_entities=90)
    groups = by_entity(test, ["a", "b", "c"])
    document, _, _ = assessed(
        tmp_path,
        biased(test, groups == "b"),
        {"site": groups, "sex": by_entity(test, ["f", "m"], seed=5)},
    )
    site, sex = document["attributes"]
    assert (site["verdict"], site["worst_group"]) == ("gap found", "b")
    assert gap_of(site, "b")["ci_low"] > 0.0
    assert site["spread"]["p_value"] == 0.001
    assert site["spread"]["p_adjusted"] == 0.002  # two attributes are tested
    assert site["explanation"].startswith("The groups differ (largest minus smallest error")
    assert site["spread"]["p_adjusted_discovery"] == 0.002
    assert sex["verdict"] == "inconclusive"
    assert "nor is it shown that there is none. Gaps of up to 0." in sex["explanation"]
    assert document["families"]["people"] == {
        "method": "Holm",
        "size": 2,
        "parity_size": 8,
        "gap_sources_size": 8,
        "alpha": 0.05,
        "discovery_method": "Benjamini-Hochberg",
    }
    assert document["families"]["conditions"]["size"] == 0


def test_any_number_of_processors_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = classified(0)
    groups = {name: by_entity(test, ["a", "b"], seed) for seed, name in enumerate(("x", "y", "z"))}
    found = []
    for number in (1, 4):
        monkeypatch.setattr("shared.fairness.families.num_processors", lambda number=number: number)
        document, table, _ = assessed(tmp_path / str(number), test, groups)
        found.append((document, table.to_csv()))
    assert found[0] == found[1]


def test_conditions_are_a_family_of_their_own(tmp_path: Path) -> None:
    test = classified(0, num_entities=90)
    groups = by_entity(test, ["a", "b", "c"])
    columns = {
        "noise": by_entity(test, ["low", "high"], seed=5),
        "site": groups,
        "hour": by_entity(test, ["day", "night"], seed=6),
    }
    document, _, _ = assessed(
        tmp_path, biased(test, groups == "b"), columns, conditions=["noise", "hour"]
    )
    assert {about: family["size"] for about, family in document["families"].items()} == {
        "people": 1,
        "conditions": 2,
    }
    assert [(entry["attribute"], entry["about"]) for entry in document["attributes"]] == [
        ("site", "people"),
        ("noise", "conditions"),
        ("hour", "conditions"),
    ]
    site, noise, _ = document["attributes"]
    assert (
        site["spread"]["p_adjusted"] == site["spread"]["p_value"] == 0.001
    )  # asking about conditions does not weaken it
    assert noise["spread"]["p_adjusted"] >= noise["spread"]["p_value"]
    assert (site["mitigations"] != [], noise["mitigations"]) == (True, [])


def test_an_inconclusive_attribute_says_how_many_examples_would_settle_it(tmp_path: Path) -> None:
    test = classified(0, num_entities=90)
    document, _, _ = assessed(tmp_path, test, {"sex": by_entity(test, ["f", "m"])})
    entry = document["attributes"][0]
    assert entry["verdict"] == "inconclusive"
    assert entry["smallest_detectable_gap"] > document["margin"] == 0.05
    assert entry["rows_needed"] > len(test)
    assert (
        f"About {entry['rows_needed']:,} examples would settle whether gaps reach ε = 0.05."
        in entry["explanation"]
    )
    assert (
        f"Gaps below {entry['smallest_detectable_gap']:.3f} would likely have been missed."
        in entry["explanation"]
    )


def test_with_the_examples_that_were_said_to_be_needed_equality_is_shown(tmp_path: Path) -> None:
    small = classified(0, num_entities=90)
    asked, _, _ = assessed(tmp_path / "small", small, {"sex": by_entity(small, ["f", "m"])})
    large = classified(1, num_entities=asked["attributes"][0]["rows_needed"] // 5)
    document, _, _ = assessed(tmp_path / "large", large, {"sex": by_entity(large, ["f", "m"])})
    entry = document["attributes"][0]
    assert entry["verdict"] == "equivalent within ε"
    assert entry["equivalence"]["p_adjusted"] <= 0.05 < entry["spread"]["p_value"]
    assert "every gap is shown to be below ε = 0.05 (two one-sided tests" in entry["explanation"]


def test_a_gap_that_is_found_but_too_small_to_matter_is_both(tmp_path: Path) -> None:
    n = 20_000
    groups = np.where(np.arange(n) % 2 == 0, "a", "b")
    wrong = np.random.default_rng(0).random(n) < np.where(groups == "a", 0.05, 0.07)
    scores = np.zeros((n, 3), np.float32)
    scores[np.arange(n), np.where(wrong, 1, 0)] = 3.0
    ids = np.arange(n).astype(str)
    document, _, _ = assessed(
        tmp_path,
        Predictions(ids, ids, np.zeros(n, np.int64), scores),
        {"site": groups},
        resamples=100,
    )
    entry = document["attributes"][0]
    assert entry["verdict"] == "gap found"
    assert "Yet every gap is shown to be below ε = 0.05" in entry["explanation"]


@pytest.mark.slow
def test_gaps_that_are_not_there_are_seldom_found(tmp_path: Path) -> None:
    verdicts = []
    for seed in range(40):
        test = classified(seed, num_entities=30, rows_each=4, skill=1.0)
        document, _, _ = assessed(
            tmp_path / str(seed), test, {"site": by_entity(test, ["a", "b"], seed)}, resamples=100
        )
        verdicts.append(document["attributes"][0]["verdict"])
    assert verdicts.count("gap found") <= 5  # 2 are expected; 6 or more have probability 0.01
    assert (
        verdicts.count("inconclusive") >= 30
    )  # 60 examples a group can't show equality within 0.05


def test_differences_in_case_mix_are_told_from_differences_in_treatment(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    n = 3000
    groups = np.where(np.arange(n) % 2 == 0, "clinic", "hospital")
    # Class 1 is hard for everybody; the hospital sees more of it.
    targets = (generator.random(n) < np.where(groups == "clinic", 0.2, 0.7)).astype(np.int64)
    wrong = generator.random(n) < np.where(targets == 1, 0.4, 0.1)
    scores = np.zeros((n, 3), np.float32)
    scores[np.arange(n), np.where(wrong, 1 - targets, targets)] = 3.0
    ids = np.arange(n).astype(str)
    document, _, _ = assessed(tmp_path, Predictions(ids, ids, targets, scores), {"place": groups})
    entry = document["attributes"][0]
    hospital = next(item for item in entry["groups"] if item["group"] == "hospital")
    assert entry["verdict"] == "gap found"
    assert (
        0.0 < hospital["gaps"]["error"]["ci_low"] < 0.15 < hospital["gaps"]["error"]["ci_high"]
    )  # 0.15 by construction
    assert hospital["case_mix_gap"]["ci_low"] < 0.0 < hospital["case_mix_gap"]["ci_high"]
    shares = np.bincount(targets) / n
    rates = [
        [wrong[(groups == g) & (targets == c)].mean() for c in (0, 1)]
        for g in ("hospital", "clinic")
    ]
    assert hospital["case_mix_gap"]["value"] == pytest.approx(
        shares @ np.subtract(rates[0], rates[1]), abs=1e-12
    )


def test_forecast_errors_are_compared_in_training_deviations(tmp_path: Path) -> None:
    test = forecast(0, num_entities=30)
    groups = by_entity(test, ["summer", "winter"])
    document, table, _ = assessed(tmp_path, test, {"season": groups}, conditions=["season"])
    assert (document["attributes"][0]["about"], document["metrics"]) == (
        "conditions",
        ["mae_standardised", "mase"],
    )
    errors = HORIZON.row_errors(test)
    for metric in ("mae_standardised", "mase"):
        assert values_of(table, metric) == pytest.approx(
            {g: errors[metric][groups == g].mean() for g in ("summer", "winter")}, abs=1e-12
        )
    assert document["attributes"][0]["groups"][0]["case_mix_gap"] is None


def test_segments_that_cut_through_entities_are_compared_within_them(tmp_path: Path) -> None:
    test = forecast(0, num_entities=30)
    hours = np.where(np.arange(len(test)) % 2 == 0, "day", "night")
    noisy = test.scores.copy()
    noisy[hours == "night"] += (
        np.random.default_rng(0).normal(0.0, 1.0, noisy[hours == "night"].shape).astype(np.float32)
    )
    document, _, _ = assessed(tmp_path, test.with_scores(noisy), {"hour": hours})
    assert document["attributes"][0]["verdict"] == "gap found"
