from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shared.contract import UNKNOWN
from shared.errors import MissingArtefactError
from shared.fairness.stage import fairness_stage
from shared.run.artefacts.fairness.table import COLUMNS
from shared.run.fingerprints import fingerprint_path
from tests.shared.evaluation.predicted_run import (
    CATEGORIES,
    classified,
    run_context,
)
from tests.shared.fairness.assessed import assessed, biased, by_entity, gap_of


def test_small_groups_and_single_entities_are_suppressed_where_privacy_asks_for_it(
    tmp_path: Path,
) -> None:
    test = classified(0)
    test = replace(
        test, entities=np.where(np.arange(len(test)) >= 170, "one person", test.entities)
    )
    groups = by_entity(test, ["a", "b"]).astype(object)
    groups[:10], groups[170:] = "rare", "alone"
    document, table, _ = assessed(tmp_path, test, {"site": groups}, privacy_group_size=20)
    entries = {item["group"]: item for item in document["attributes"][0]["groups"]}
    assert entries["rare"]["reason"] == "fewer than 20 rows"
    assert entries["alone"]["reason"] == "one entity only"
    assert entries["alone"]["n"] >= 20
    assert entries["rare"]["metrics"] == entries["rare"]["gaps"] == {}
    hidden = table[table["suppressed"]]
    assert set(hidden["group"]) == {"rare", "alone"}
    assert hidden[["value", "ci_low", "ci_high"]].isna().all().all()


def test_two_groups_of_which_one_is_small_are_not_enough_data_and_give_no_gap(
    tmp_path: Path,
) -> None:
    test = classified(0)
    groups = np.where(np.arange(len(test)) < 10, "rare", "common")
    document, _, _ = assessed(tmp_path, test, {"site": groups}, privacy_group_size=20)
    entry = document["attributes"][0]
    assert entry["verdict"] == "not enough data"
    assert entry["explanation"].startswith("No two groups are large enough to be compared.")
    assert all(
        item["gaps"] == item["metrics"] == {} for item in entry["groups"]
    )  # the common one is the total minus the rare one
    assert document["families"]["people"]["size"] == 0


def test_two_entities_in_each_group_can_not_be_sure_enough(tmp_path: Path) -> None:
    test = classified(0, num_entities=4, rows_each=50)
    groups = np.where(np.isin(test.entities, ["person0", "person1"]), "a", "b")
    document, _, _ = assessed(tmp_path, biased(test, groups == "a", 1.0), {"accent": groups})
    entry = document["attributes"][0]
    assert entry["verdict"] == "not enough data"
    assert (
        entry["explanation"]
        == "So few arrangements of entities are possible that no result could be surer than"
        " p = 0.17."
    )


def test_unknown_groups_are_listed_and_compared_with_nobody(tmp_path: Path) -> None:
    test = classified(0)
    groups = by_entity(test, ["a", "b"]).astype(object)
    groups[:30], groups[30:40] = None, " "
    document, table, _ = assessed(tmp_path, test, {"site": groups})
    entry = document["attributes"][0]
    assert entry["remarks"] == [
        "Not given for 40 of 200 rows; these are listed, but compared with nobody."
    ]
    assert [item["group"] for item in entry["groups"]] == ["a", "b", UNKNOWN]
    assert entry["groups"][2]["gaps"] == {}
    assert table[(table["metric"] == "error") & (table["comparison"] == "value")]["n"].sum() == len(
        test
    )
    wrong, labels = CATEGORIES.row_errors(test)["error"], groups.astype(str)
    known = wrong[labels == "a"].mean() - wrong[labels == "b"].mean()
    assert gap_of(entry, "a")["value"] == pytest.approx(known, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (
            np.full(200, "x"),
            "All rows of the test split have the same value of 'age' ('x'), so there is nothing to"
            " compare it with.",
        ),
        (np.full(200, UNKNOWN), "'age' is not given for any row of the test split."),
        (
            np.arange(200).astype(str),
            "'age' has 200 different values in the test split; at most 50 can be compared. "
            "Its values are numbers: divide them into bins.",
        ),
        (
            np.char.add("name", np.arange(200).astype(str)),
            "'age' has 200 different values in the test split; at most 50 can be compared. "
            "Merge its values into fewer groups.",
        ),
    ],
)
def test_columns_that_can_not_be_compared_are_answered_in_words(
    tmp_path: Path, values: np.ndarray, note: str
) -> None:
    document, table, _ = assessed(tmp_path, classified(0), {"age": values})
    entry = document["attributes"][0]
    assert (entry["verdict"], entry["note"], entry["spread"]) == (
        "not enough data",
        note,
        None,
    )
    assert list(table.columns) == list(COLUMNS)


def test_a_recorded_attribute_without_a_column_is_answered_in_words(tmp_path: Path) -> None:
    document, _, _ = assessed(
        tmp_path, classified(0), {}, recorded_groups={"sex": {"f": 10, "m": 12}}
    )
    assert document["attributes"][0]["note"] == "The test split has no column for 'sex'."


def test_groups_that_the_test_part_lacks_are_named(tmp_path: Path) -> None:
    test = classified(0)
    recorded = {"site": {"a": 10, "b": 10, "far away": 3, UNKNOWN: 2}}
    document, _, _ = assessed(
        tmp_path, test, {"site": by_entity(test, ["a", "b"])}, recorded_groups=recorded
    )
    assert document["attributes"][0]["remarks"] == [
        "Absent from the test split, so nothing is known about them: far away."
    ]


def test_no_attribute_at_all_is_answered_in_words(tmp_path: Path) -> None:
    document, table, _ = assessed(tmp_path, classified(0), {})
    assert document["attributes"] == []
    assert (
        document["notes"][-1]
        == "The data names no group attribute, so nothing can be said about groups."
    )
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 0


def test_scores_that_are_not_finite_are_answered_in_words(tmp_path: Path) -> None:
    test = classified(0)
    test.scores[0] = np.nan
    document, table, _ = assessed(tmp_path, test, {"site": by_entity(test, ["a", "b"])})
    assert document["attributes"][0]["verdict"] == "not enough data"
    assert (
        "scores that are not finite for 1 of 200 rows" in document["attributes"][0]["explanation"]
    )
    assert len(table) == 0


def test_predictions_of_other_data_are_refused(tmp_path: Path) -> None:
    test = classified(0)
    context = run_context(tmp_path, test, groups={"site": by_entity(test, ["a", "b"])})
    splits = context.run.read_table("splits/test.parquet", maker="data")
    context.run.write_table("splits/test.parquet", splits.iloc[5:])
    with pytest.raises(MissingArtefactError, match=r"'id0', which splits/test\.parquet lacks"):
        fairness_stage(context)


def test_order_of_the_split_table_does_not_matter(tmp_path: Path) -> None:
    test = classified(0)
    groups = {"site": by_entity(test, ["a", "b"])}
    expected, _, context = assessed(tmp_path, test, groups)
    splits = context.run.read_table("splits/test.parquet", maker="data")
    context.run.write_table("splits/test.parquet", splits.iloc[::-1])
    fairness_stage(context)
    assert context.run.read_json("fairness.json", maker="fairness") == expected


def test_a_rerun_writes_the_same_bytes(tmp_path: Path) -> None:
    test = classified(0)
    _, _, context = assessed(tmp_path, test, {"site": by_entity(test, ["a", "b", "c"])})
    first = {
        name: fingerprint_path(tmp_path / name) for name in ("fairness.json", "fairness.parquet")
    }
    fairness_stage(context)
    assert first == {name: fingerprint_path(tmp_path / name) for name in first}
