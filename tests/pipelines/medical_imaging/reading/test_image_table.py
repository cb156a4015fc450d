from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.medical_imaging.data import load
from shared.contract import Splits
from shared.errors import DataError
from tests.pipelines.medical_imaging.images import (
    class_names,
    config,
    encode,
    image,
    write_image,
    write_table_source,
)

COLUMNS = (
    "data.entity_column=patient",
    "data.group_columns=[sex]",
    "data.age_column=age",
    "data.age_band_edges_years=[30, 45]",
)


def load_table(root: Path, *assignments: str) -> Splits:
    return load(config(*COLUMNS, *assignments, source=root))


def edit(root: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    table = pd.read_csv(root / "labels.csv", dtype=str, keep_default_na=False)
    change(table).to_csv(root / "labels.csv", index=False)


def set_cell(row: int, column: str, value: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[row, column] = value
        return table

    return change


def test_every_image_is_in_one_part_and_no_patient_in_two(tmp_path: Path) -> None:
    splits = load_table(write_table_source(tmp_path))
    ids = [identifier for part in splits.by_split().values() for identifier in part.ids]
    assert sorted(ids) == [f"image{index:02d}" for index in range(24)]
    entities = [set(part.entities) for part in splits.by_split().values()]
    assert not entities[0] & entities[1] | entities[0] & entities[2] | entities[1] & entities[2]


def test_classes_are_the_sorted_labels(tmp_path: Path) -> None:
    splits = load_table(write_table_source(tmp_path))
    assert class_names(splits) == ("benign", "malignant")
    for part in splits.by_split().values():
        expected = [int(int(identifier.removeprefix("image")) % 4 >= 2) for identifier in part.ids]
        assert part.targets.tolist() == expected


def test_names_for_people_replace_labels_and_merge_classes(tmp_path: Path) -> None:
    write_table_source(tmp_path)
    edit(tmp_path, set_cell(0, "label", "naevus"))
    splits = load_table(
        tmp_path,
        "data.class_names={benign: Benign lesion, naevus: Benign lesion, malignant: Malignant"
        " lesion}",
    )
    assert class_names(splits) == ("Benign lesion", "Malignant lesion")


def test_whole_numbers_as_labels_are_sorted_by_value(tmp_path: Path) -> None:
    write_table_source(tmp_path)
    edit(
        tmp_path,
        lambda table: table.assign(label=[("2", "10")[index % 4 < 2] for index in range(24)]),
    )
    assert class_names(load_table(tmp_path)) == ("2", "10")


def test_groups_are_given_values_and_age_bands_with_unknown_where_empty(tmp_path: Path) -> None:
    splits = load_table(write_table_source(tmp_path))
    groups = pd.concat([part.groups for part in splits.by_split().values()])
    assert set(groups["sex"]) == {"female", "unknown"}
    assert set(groups["age_band"]) == {"under 30", "30-44"}


def test_rows_are_the_files_of_the_ids(tmp_path: Path) -> None:
    splits = load_table(write_table_source(tmp_path))
    content = splits.test.rows(np.array([0]))["image_bytes"][0]
    assert content == (tmp_path / "images" / f"{splits.test.ids[0]}.png").read_bytes()


def test_masks_become_ground_truth_on_the_canvas_and_give_the_skin_tone_estimate(
    tmp_path: Path,
) -> None:
    write_table_source(tmp_path, masks=True)
    splits = load_table(
        tmp_path,
        "data.mask_folder=masks",
        "data.image_folder=images",
        "data.estimate_skin_tone=true",
    )
    assert splits.test.ground_truth is not None
    ground_truth = splits.test.ground_truth(0)
    assert (ground_truth.shape, ground_truth.dtype.name) == ((32, 32), "float32")
    assert (ground_truth[16, 16], ground_truth[0, 0]) == (1.0, 0.0)
    assert "skin_tone_estimate" in splits.test.groups
    assert any("estimate from pixels" in note for note in splits.provenance.notes)


def test_the_parts_of_a_column_are_kept(tmp_path: Path) -> None:
    write_table_source(tmp_path)
    edit(tmp_path, lambda table: table.assign(part=["train", "val", "test", "train"] * 6))
    splits = load_table(tmp_path, "data.split=given", "data.split_column=part")
    assert [len(part) for part in splits.by_split().values()] == [12, 6, 6]


def test_without_an_entity_column_each_image_is_its_own_and_the_report_says_so(
    tmp_path: Path,
) -> None:
    splits = load(config(source=write_table_source(tmp_path)))
    assert splits.train.entities.tolist() == splits.train.ids.tolist()
    assert any("each image counts as its own entity" in note for note in splits.provenance.notes)


def test_the_table_itself_may_be_the_source(tmp_path: Path) -> None:
    assert len(load_table(write_table_source(tmp_path) / "labels.csv").train) > 0


def test_exact_copies_across_parts_are_counted_in_a_note(tmp_path: Path) -> None:
    write_table_source(tmp_path)
    for index in range(24):
        write_image(tmp_path / "images" / f"image{index:02d}.png", seed=0)
    notes = " ".join(load_table(tmp_path).provenance.notes)
    assert "images of the split 'test' are exact copies of training images" in notes


def test_the_checksum_follows_the_images(tmp_path: Path) -> None:
    write_table_source(tmp_path)
    before = load_table(tmp_path).provenance.checksum
    write_image(tmp_path / "images" / "image00.png", seed=99)
    assert load_table(tmp_path).provenance.checksum != before


def test_parquet_tables_with_numbers_are_read_as_text(tmp_path: Path) -> None:
    write_table_source(tmp_path)
    table = pd.read_csv(tmp_path / "labels.csv")
    table.to_parquet(tmp_path / "labels.parquet")
    (tmp_path / "labels.csv").unlink()
    groups = load_table(tmp_path).train.groups
    assert set(groups["sex"]) <= {"female", "unknown"}
    assert set(groups["age_band"]) <= {"under 30", "30-44"}


def test_a_truncated_image_is_set_aside_by_name(tmp_path: Path) -> None:
    write_table_source(tmp_path)
    path = tmp_path / "images" / "image05.png"
    path.write_bytes(path.read_bytes()[:800])
    splits = load_table(tmp_path, "data.max_quarantine_share=0.1")
    (problem,) = splits.quarantine
    assert (problem.row, problem.field) == (6, "image")
    assert problem.reason == "image 'image05': its PNG data is truncated or damaged"
    assert "image05" not in {
        identifier for part in splits.by_split().values() for identifier in part.ids
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_cell(3, "label", " "), "row 4, field 'label': the field is empty"),
        (set_cell(3, "patient", ""), "row 4, field 'patient': the field is empty"),
        (
            set_cell(3, "age", "-4"),
            "row 4, field 'age': expected an age in years from 0 to 120, or nothing; received '-4'",
        ),
        (
            set_cell(3, "image", "nowhere"),
            "row 4, field 'image': image 'nowhere': there is no image file 'nowhere'",
        ),
        (
            set_cell(3, "image", "image00"),
            "row 4, column 'image': the id 'image00' appears twice",
        ),
        (
            set_cell(3, "image", "image00.png"),
            "row 4: 'image00.png' names the same file as row 1 ('image00')",
        ),
        (
            lambda table: table.drop(columns="label"),
            "there is no column 'label'. Columns: image, patient, sex, age",
        ),
        (
            lambda table: table.assign(label="benign"),
            "All 24 images have the label 'benign'; at least two classes",
        ),
    ],
)
def test_bad_tables_are_refused_with_row_and_field(
    tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    write_table_source(tmp_path)
    edit(tmp_path, change)
    with pytest.raises(DataError) as caught:
        load_table(tmp_path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("data.mask_folder=masks", "masks: there is no such folder. Name yours"),
        ("data.image_folder=pixels", "--set data.image_folder=images"),
        (
            "data.class_names={benign: Benign}",
            "the label 'malignant' is not listed in data.class_names (benign)",
        ),
        ("data.split=given", "the split be made, use --set data.split=entity"),
        ("data.group_columns=[site]", "there is no column 'site'"),
        ("data.table=other.csv", "other.csv: there is no such file"),
    ],
)
def test_settings_that_do_not_fit_the_source_are_refused(
    tmp_path: Path, assignment: str, message: str
) -> None:
    write_table_source(tmp_path)
    with pytest.raises(DataError) as caught:
        load_table(tmp_path, assignment)
    assert message in str(caught.value)


def test_a_missing_mask_is_named_with_the_way_out(tmp_path: Path) -> None:
    write_table_source(tmp_path, masks=True)
    (tmp_path / "masks" / "image03_segmentation.png").unlink()
    with pytest.raises(
        DataError,
        match=(
            r"mask .*image03_segmentation\.png: there is no such file; .*--set"
            r" data\.mask_folder=null"
        ),
    ):
        load_table(tmp_path, "data.mask_folder=masks", "data.image_folder=images")


def test_several_tables_ask_for_a_choice(tmp_path: Path) -> None:
    write_table_source(tmp_path)
    (tmp_path / "more.csv").write_text("image,label\n")
    with pytest.raises(
        DataError,
        match=r"several tables: labels\.csv, more\.csv\. Choose one with --set data\.table=labels\.csv",
    ):
        load_table(tmp_path)


def test_masks_beside_the_images_are_not_taken_for_images(tmp_path: Path) -> None:
    write_table_source(tmp_path, masks=True)
    (tmp_path / "masks" / "image00.png").write_bytes(encode(image()))
    assert len(load_table(tmp_path, "data.mask_folder=masks").quarantine) == 0
