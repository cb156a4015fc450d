"""Whatever is wrong with groups or scores is answered in words, and leaves no number that is none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shared.fairness.stage import fairness_stage
from shared.targets.predictions import Predictions
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, run_context


def assessed(
    path: Path,
    test: Predictions,
    groups: dict[str, Any],
    recorded: dict[str, dict[str, int]] | None = None,
) -> dict[str, Any]:
    context = run_context(path, test, groups=groups, recorded_groups=recorded, resamples=100)
    fairness_stage(context)
    document: dict[str, Any] = context.run.read_json("fairness.json", maker="fairness")
    json.dumps(document, allow_nan=False)
    table: pd.DataFrame = context.run.read_table("fairness.parquet", maker="fairness")
    silent = table["value"].isna() & (table["reason"] == "")
    assert not silent.any(), table[silent]
    return document


def halves(test: Predictions) -> np.ndarray:
    return np.where(np.unique(test.entities, return_inverse=True)[1] % 2 == 0, "a", "b")


def test_ten_thousand_levels_are_too_many_to_be_groups(tmp_path: Path) -> None:
    test = classified(0, num_entities=2000)
    entry = assessed(
        tmp_path, test, {"postcode": np.char.add("p", np.arange(len(test)).astype(str))}
    )["attributes"][0]
    assert (
        entry["explanation"]
        == "'postcode' has 10,000 different values in the test split; at most 50 can be compared."
        " Merge its values into fewer groups."
    )


def test_a_measurement_without_bins_is_told_to_have_some_in_a_small_test_part_too(
    tmp_path: Path,
) -> None:
    test = classified(0, num_entities=9)
    entry = assessed(tmp_path, test, {"age": np.linspace(20, 80, len(test)).round(1)})[
        "attributes"
    ][0]
    assert (
        entry["explanation"]
        == "'age' has 45 different numbers on 45 rows of the test split, too few each to be groups. "
        "Its values are numbers: divide them into bins."
    )


def test_numbers_that_are_few_are_groups(tmp_path: Path) -> None:
    test = classified(0, num_entities=60)
    assert (
        assessed(tmp_path, test, {"grade": np.arange(len(test)) % 3})["attributes"][0]["note"] == ""
    )


@pytest.mark.parametrize("rows", [slice(0, 1), slice(0, None)])
def test_scores_that_are_no_numbers_leave_every_attribute_without_a_verdict(
    tmp_path: Path, rows: slice
) -> None:
    test = classified(0)
    test.scores[rows] = np.nan
    document = assessed(tmp_path, test, {"site": halves(test), "sex": halves(test)[::-1]})
    wrong = len(test.scores[rows])
    assert document["notes"][1].startswith(
        f"The model gave scores that are not finite for {wrong} of 200 rows (first: id 'id0')."
    )
    assert [entry["verdict"] for entry in document["attributes"]] == ["not enough data"] * 2
    assert all(entry["explanation"] == document["notes"][1] for entry in document["attributes"])


def test_a_group_of_one_class_has_no_recall_of_the_others_and_no_area(tmp_path: Path) -> None:
    test = classified(0, num_entities=90)
    labels = np.where(test.targets == 0, "only benign", "all others")
    entry = assessed(tmp_path, test, {"site": labels})["attributes"][0]
    rates = {(rate["metric"], rate["class"], rate["group"]): rate for rate in entry["rates"]}
    assert rates["recall", CATEGORIES.names[1], "only benign"]["estimate"] is None
    assert rates["recall", CATEGORIES.names[1], "only benign"]["reason"] == "no rows"
    assert rates["recall", CATEGORIES.names[0], "only benign"]["estimate"] is not None
    steps = {step["step"]: step for step in entry["gap_sources"]["steps"]}
    assert all(
        rate["estimate"] is None
        for rate in steps["ranking"]["rates"]
        if rate["group"] == "only benign"
    )
    assert steps["ranking"]["sentence"].endswith(
        "No two groups have enough examples of one class and of the others."
    )
    assert steps["labels"]["sentence"].startswith("The data differ")


def test_a_group_of_one_entity_is_shown_without_an_interval_and_not_tested(tmp_path: Path) -> None:
    test = classified(0, num_entities=60)
    test = replace(test, entities=np.where(np.arange(len(test)) < 40, "one person", test.entities))
    labels = np.where(np.arange(len(test)) < 40, "alone", halves(test))
    groups = {
        item["group"]: item
        for item in assessed(tmp_path, test, {"site": labels})["attributes"][0]["groups"]
    }
    assert groups["alone"]["not_tested"] == "one entity only"
    error = groups["alone"]["metrics"]["error"]
    assert error["value"] is not None
    assert (error["ci_low"], error["note"]) == (
        None,
        "no interval: all rows belong to one entity",
    )


@pytest.mark.parametrize("parts", [("train",), ("val",), ("train", "val")])
def test_an_attribute_that_other_parts_lack_is_judged_on_those_that_have_it(
    tmp_path: Path, parts: tuple[str, ...]
) -> None:
    test = classified(0, num_entities=90)
    context = run_context(tmp_path, test, groups={"site": halves(test)}, resamples=100)
    for part in parts:
        table = context.run.read_table(f"splits/{part}.parquet", maker="data")
        context.run.write_table(f"splits/{part}.parquet", table.drop(columns="group:site"))
    fairness_stage(context)
    entry = context.run.read_json("fairness.json", maker="fairness")["attributes"][0]
    assert entry["verdict"] == "inconclusive"
    assert {share["split"] for share in entry["gap_sources"]["representation"]} == {
        "train",
        "val",
        "test",
    } - set(parts)


def test_names_that_look_like_markup_or_like_a_pair_stay_names(tmp_path: Path) -> None:
    test = classified(0, num_entities=90)
    labels = np.where(halves(test) == "a", "a × b", "<b>&\n")
    document = assessed(tmp_path, test, {"site": labels, "sex": np.roll(halves(test), 90)})
    assert [item["group"] for item in document["attributes"][0]["groups"]] == ["<b>&", "a × b"]
    assert all(item["group"].count(" × ") == 1 for item in document["intersections"][0]["groups"])
