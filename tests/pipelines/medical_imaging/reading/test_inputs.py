from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.medical_imaging.reading.inputs import read_inputs
from shared.errors import DataError
from tests.pipelines.medical_imaging.images import config, encode, image, write_image


def test_a_folder_gives_all_its_images_and_names_the_bad_ones(tmp_path: Path) -> None:
    write_image(tmp_path / "b.png", seed=1)
    write_image(tmp_path / "sub" / "a.jpg", kind="JPEG")
    (tmp_path / "c.png").write_bytes(encode(image())[:700])
    write_image(tmp_path / "d.webp", kind="WEBP")
    inputs = read_inputs(config(), tmp_path)
    assert inputs.ids.tolist() == ["b.png", "c.png", "d.webp", "sub/a.jpg"]
    assert inputs.problems == {
        "c.png": "its PNG data is truncated or damaged",
        "d.webp": "it is a WEBP image; JPEG, PNG, GIF, BMP, TIFF and DICOM can be read: convert it",
    }
    assert inputs.rows(np.array([3]))["image_bytes"][0] == (tmp_path / "sub" / "a.jpg").read_bytes()


def test_images_without_a_suffix_are_scored_and_other_files_are_said(tmp_path: Path) -> None:
    write_image(tmp_path / "scan")
    for name in ("notes.docx", "Thumbs.db", ".DS_Store", "labels.csv"):
        (tmp_path / name).write_bytes(b"PK")
    inputs = read_inputs(config(), tmp_path)
    assert (inputs.ids.tolist(), dict(inputs.problems)) == (["scan"], {})
    (warning,) = inputs.warnings
    assert warning.endswith("images inside: notes.docx.")


def test_one_file_is_one_input(tmp_path: Path) -> None:
    write_image(tmp_path / "only.png")
    inputs = read_inputs(config(), tmp_path / "only.png")
    assert (inputs.ids.tolist(), dict(inputs.problems)) == (["only.png"], {})


def test_a_table_names_its_images_and_missing_ones_become_problems(tmp_path: Path) -> None:
    write_image(tmp_path / "images" / "a.png")
    (tmp_path / "list.csv").write_text("image\nmissing\na\n")
    inputs = read_inputs(config(), tmp_path / "list.csv")
    assert inputs.ids.tolist() == ["missing", "a"]
    assert list(inputs.problems) == ["missing"]
    assert "there is no image file 'missing'" in inputs.problems["missing"]
    assert len(inputs.rows(np.array([1]))["image_bytes"][0]) > 0


def test_a_file_that_is_no_image_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "note.xyz").write_text("hello")
    assert read_inputs(config(), tmp_path / "note.xyz").problems == {
        "note.xyz": "it is not an image, or its header is damaged"
    }


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no image file in this folder"):
        read_inputs(config(), tmp_path)


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file or folder"):
        read_inputs(config(), tmp_path / "nowhere")


def test_a_table_without_the_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("file\na\n")
    with pytest.raises(DataError, match="there is no column 'image'"):
        read_inputs(config(), tmp_path / "list.csv")


_BESIDE = ("data.tabular_columns=[age, site]", "data.tabular_numbers=[age]")


def test_a_table_gives_the_values_beside_its_images_and_a_bad_number_is_a_problem(
    tmp_path: Path,
) -> None:
    for name in "abc":
        write_image(tmp_path / f"{name}.png")
    (tmp_path / "list.csv").write_text("image,site,age\na, Back\u00a0,80\nb,,\nc,toe,old\n")
    inputs = read_inputs(config(*_BESIDE), tmp_path / "list.csv")
    rows = inputs.rows(np.arange(3))
    assert rows["tabular"].tolist() == [["80", "Back"], ["", ""], ["old", "toe"]]
    assert list(inputs.problems) == ["c"]
    assert inputs.problems["c"].startswith("column 'age': expected a number")
    assert inputs.warnings == ()
    (tmp_path / "list.csv").write_text("image,site\na,back\n")
    with pytest.raises(DataError, match="there is no column 'age'"):
        read_inputs(config(*_BESIDE), tmp_path / "list.csv")


def test_images_without_a_table_have_no_values_beside_them_which_is_said_once(
    tmp_path: Path,
) -> None:
    for name in "abc":
        write_image(tmp_path / f"{name}.png")
    inputs = read_inputs(config(*_BESIDE), tmp_path)
    assert inputs.rows(np.array([2, 0]))["tabular"].tolist() == [["", ""]] * 2
    (warning,) = inputs.warnings
    assert warning.startswith("3 images come without age, site, which the model reads as not given")
