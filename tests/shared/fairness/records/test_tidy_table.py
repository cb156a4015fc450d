from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from shared.fairness.gaps.group_metric import COMPARISONS
from shared.fairness.records.tidy_table import LARGEST_DIFFERENCE
from shared.fairness.stage import fairness_stage
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, run_context

KEY = ["family", "attribute", "group", "metric", "class", "comparison"]


@pytest.fixture(scope="module")
def written(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[pd.DataFrame, dict[str, Any], Predictions, dict[str, np.ndarray]]:
    """Two attributes of people and one condition, of which site b misses malignant cases."""
    test = classified(0, num_entities=160)
    codes = np.unique(test.entities, return_inverse=True)[1]
    groups = {
        "site": np.array(["a", "b"])[codes % 2],
        "sex": np.array(["f", "m"])[codes // 2 % 2],
        "hour": np.array(["day", "night"])[np.arange(len(test)) % 2],
    }
    missed = (
        (groups["site"] == "b")
        & (test.targets == 1)
        & (np.random.default_rng(0).random(len(test)) < 0.7)
    )
    scores = test.scores.copy()
    scores[missed] = (4.0, 0.0, 0.0)
    test = test.with_scores(scores)
    context = run_context(
        tmp_path_factory.mktemp("run"), test, groups=groups, conditions=["hour"], resamples=100
    )
    fairness_stage(context)
    table = context.run.read_table("fairness.parquet", maker="fairness")
    return table, context.run.read_json("fairness.json", maker="fairness"), test, groups


Written = tuple[pd.DataFrame, dict[str, Any], Predictions, dict[str, np.ndarray]]


def test_every_number_stands_in_one_row(written: Written) -> None:
    table = written[0]
    assert not table.duplicated(KEY).any()
    assert set(table["family"]) == {"people", "conditions", "intersections"}
    assert set(table["comparison"]) == {*COMPARISONS, LARGEST_DIFFERENCE}
    assert {
        "error",
        "log_loss",
        "recall",
        "precision",
        "auc",
        "ece",
        "label_rate",
        "equalised odds",
        "gap sources: ranking",
    } <= set(table["metric"])


def test_rows_agree_with_the_document(written: Written) -> None:
    table, document, _, _ = written
    indexed = table.set_index(KEY)["value"]
    for entry in document["attributes"]:
        for rate in entry["rates"]:
            if rate["estimate"] is not None:
                key = (
                    entry["about"],
                    entry["attribute"],
                    rate["group"],
                    rate["metric"],
                    rate["class"] or "",
                    "value",
                )
                assert indexed[key] == rate["estimate"]["value"]


def test_intersections_have_rates_and_parity_tests_of_their_own_family(written: Written) -> None:
    table, document, test, groups = written
    crossed = table[table["family"] == "intersections"]
    rows = (groups["site"] == "b") & (groups["sex"] == "f") & (test.targets == 1)
    found = (CATEGORIES.decide(test.scores) == 1)[rows].mean()
    is_recall = (
        (crossed["metric"] == "recall")
        & (crossed["class"] == CATEGORIES.names[1])
        & (crossed["comparison"] == "value")
    )
    assert crossed[is_recall].set_index("group")["value"]["b × f"] == pytest.approx(
        found, abs=1e-12
    )
    tests = crossed[crossed["comparison"] == LARGEST_DIFFERENCE].set_index("metric")
    assert tests["p_adjusted"].to_dict()["equalised odds"] <= 0.05
    assert (
        document["intersection_family"]["parity_size"] == tests["p_adjusted"].notna().sum() - 1
    )  # and the error's


def test_the_criterion_that_is_broken_is_found_with_the_groups_and_the_class(
    written: Written,
) -> None:
    document = written[1]
    site = next(entry for entry in document["attributes"] if entry["attribute"] == "site")
    odds = next(item for item in site["parity"] if item["criterion"] == "equalised odds")
    assert odds["test"]["p_adjusted"] <= 0.05
    assert (odds["largest"]["metric"], odds["largest"]["class"], odds["largest"]["lowest"]) == (
        "recall",
        CATEGORIES.names[1],
        "b",
    )
    sex = next(entry for entry in document["attributes"] if entry["attribute"] == "sex")
    assert all(
        item["test"]["p_adjusted"] > 0.05 for item in sex["parity"] if item["test"] is not None
    )
    assert (
        document["families"]["people"]["parity_size"] == 8
    )  # two attributes, four criteria: there are no sets


def test_the_worst_group_is_named_with_its_interval(written: Written) -> None:
    site = next(entry for entry in written[1]["attributes"] if entry["attribute"] == "site")
    assert site["worst_group"] == "b"
    assert site["worst"]["ci_low"] < site["worst"]["value"] < site["worst"]["ci_high"]
    assert (
        f"'b': {site['worst']['value']:.3f} ({site['worst']['ci_low']:.3f} to"
        f" {site['worst']['ci_high']:.3f})" in site["explanation"]
    )
