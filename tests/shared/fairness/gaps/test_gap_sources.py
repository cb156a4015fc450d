from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from shared.fairness.stage import fairness_stage
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, run_context

NUM_ROWS = 900


def traced(path: Path, test: Predictions, labels: np.ndarray) -> dict[str, Any]:
    """Step -> its entry."""
    context = run_context(path, test, groups={"sex": labels}, resamples=100)
    fairness_stage(context)
    gap_sources = context.run.read_json("fairness.json", maker="fairness")["attributes"][0][
        "gap_sources"
    ]
    return {"representation": gap_sources["representation"]} | {
        step["step"]: step for step in gap_sources["steps"]
    }


def drawn(
    seed: int,
    shares: dict[str, tuple[float, float, float]],
    *,
    noise: dict[str, float],
    shift: float = 0.0,
) -> Any:
    """Predictions of 900 people, one row each, in groups f and m.

    `shares` are of the classes; `noise` blurs the scores; `shift` is added to m's logit of class 1,
    which moves decisions only.
    """
    generator = np.random.default_rng([seed, 6])
    labels = np.where(np.arange(NUM_ROWS) % 2 == 0, "f", "m")
    targets = np.array([generator.choice(3, p=shares[label]) for label in labels])
    scores = (
        2.0 * np.eye(3)[targets]
        + generator.normal(size=(NUM_ROWS, 3))
        * np.array([noise[label] for label in labels])[:, None]
    )
    scores[labels == "m", 1] += shift
    ids = np.arange(NUM_ROWS).astype(str)
    return Predictions(ids, ids, targets, scores.astype(np.float32)), labels


EVEN = (0.4, 0.3, 0.3)
UNEVEN = (0.2, 0.6, 0.2)


@pytest.mark.parametrize(("shares", "noise", "shift", "expected"), [
    ({"f": EVEN, "m": EVEN}, {"f": 1.0, "m": 1.0}, 0.0, set()),
    ({"f": EVEN, "m": UNEVEN}, {"f": 1.0, "m": 1.0}, 0.0, {"labels", "decisions"}),
    ({"f": EVEN, "m": EVEN}, {"f": 1.0, "m": 3.0}, 0.0, {"ranking", "confidence"}),
    ({"f": EVEN, "m": EVEN}, {"f": 1.0, "m": 1.0}, 1.5, {"decisions"}),
])  # fmt: skip
def test_each_planted_difference_is_found_where_it_enters(
    tmp_path: Path,
    shares: dict[str, Any],
    noise: dict[str, float],
    shift: float,
    expected: set[str],
) -> None:
    steps = traced(tmp_path, *drawn(0, shares, noise=noise, shift=shift))
    assert {
        name for name in ("labels", "ranking", "confidence", "decisions") if steps[name]["differs"]
    } >= expected
    assert not steps["labels"]["differs"] or "labels" in expected
    assert not steps["ranking"]["differs"] or "ranking" in expected


def test_sentences_name_the_place_the_class_and_the_groups(tmp_path: Path) -> None:
    steps = traced(tmp_path, *drawn(0, {"f": EVEN, "m": UNEVEN}, noise={"f": 1.0, "m": 1.0}))
    assert steps["labels"]["sentence"].startswith("The data differ (adjusted p = 0.0")
    assert "'malignant' is the truth for " in steps["labels"]["sentence"]
    said = "The test does not show that the model differs"
    assert steps["ranking"]["sentence"].startswith(said)
    assert "Compared with how often it is true, that is " in steps["decisions"]["sentence"]


def test_areas_equal_scikit_learns_within_each_group(tmp_path: Path) -> None:
    test, labels = drawn(1, {"f": EVEN, "m": UNEVEN}, noise={"f": 1.0, "m": 1.5})
    test.scores[::7, 0] = 0.5  # ties
    probabilities = CATEGORIES.probabilities(test.scores)
    for rate in traced(tmp_path, test, labels)["ranking"]["rates"]:
        rows, c = labels == rate["group"], CATEGORIES.names.index(rate["class"])
        assert rate["estimate"]["value"] == pytest.approx(
            roc_auc_score(test.targets[rows] == c, probabilities[rows, c]), abs=1e-12
        )
        assert rate["n"] == min((test.targets[rows] == c).sum(), (test.targets[rows] != c).sum())


def test_representation_is_each_groups_share_of_each_part(tmp_path: Path) -> None:
    test, labels = drawn(0, {"f": EVEN, "m": EVEN}, noise={"f": 1.0, "m": 1.0})
    labels[:300] = "f"
    shares = [
        item
        for item in traced(tmp_path, test, labels)["representation"]
        if item["split"] == "train"
    ]
    assert {item["group"]: item["value"] for item in shares} == pytest.approx(
        {"f": (labels == "f").mean(), "m": (labels == "m").mean()}
    )
    assert all(item["ci_low"] < item["value"] < item["ci_high"] for item in shares)


@pytest.mark.slow
def test_differences_that_are_not_there_are_seldom_found_at_any_step(tmp_path: Path) -> None:
    found = 0
    for seed in range(8):
        steps = traced(
            tmp_path / str(seed), *drawn(seed, {"f": EVEN, "m": EVEN}, noise={"f": 1.0, "m": 1.0})
        )
        found += any(
            steps[name]["differs"] for name in ("labels", "ranking", "confidence", "decisions")
        )
    assert found <= 2  # 0.4 are expected; 3 or more have probability 0.006


def test_a_gap_sources_is_for_people_only(tmp_path: Path) -> None:
    test = classified(0)
    context = run_context(
        tmp_path,
        test,
        groups={"hour": np.where(np.arange(200) % 2 == 0, "day", "night")},
        conditions=["hour"],
    )
    fairness_stage(context)
    assert (
        context.run.read_json("fairness.json", maker="fairness")["attributes"][0]["gap_sources"]
        is None
    )
