from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.medical_imaging import PIPELINE
from pipelines.medical_imaging.config import DICOM_TAGS
from pipelines.medical_imaging.data import load
from pipelines.medical_imaging.reading.inputs import read_inputs
from pipelines.medical_imaging.reading.patients import dicom_conditions
from shared.contract import Splits
from shared.errors import ConfigError
from shared.run.directory import RunDirectory
from shared.stages.runner import run_stages
from tests.pipelines.medical_imaging.dicom_files import IDENTIFYING, dicom
from tests.pipelines.medical_imaging.images import config, image, write_image


def write_folders(root: Path, *, num_patients: int = 12, **fields: str) -> Path:
    """Two radiographs a patient, one patient a class in turn; returns the folder."""
    for index in range(2 * num_patients):
        folder = root / ("effusion" if index % 4 < 2 else "clear")
        folder.mkdir(parents=True, exist_ok=True)
        content = dicom(image(index)[..., 0], patient=f"MRN-44711{index // 2:02d}", **fields)
        (folder / f"film{index:02d}.dcm").write_bytes(content)
    return root


def loaded(root: Path, *assignments: str) -> Splits:
    return load(config(*assignments, source=root))


def contents_below(folder: Path) -> Iterator[bytes]:
    """Every file as text can be searched in it: Parquet and zip archives unpacked."""
    for path in folder.rglob("*"):
        yield path.name.encode()
        if not path.is_file():
            continue
        yield path.read_bytes()
        if path.suffix == ".parquet":
            yield pd.read_parquet(path).to_csv().encode()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from (archive.read(name) for name in archive.namelist())


def test_images_of_one_patient_are_in_one_part(tmp_path: Path) -> None:
    splits = loaded(write_folders(tmp_path))
    patients = [{int(name[-6:-4]) // 2 for name in part.ids} for part in splits.by_split().values()]
    assert not patients[0] & patients[1] | patients[0] & patients[2] | patients[1] & patients[2]
    assert len({entity for part in splits.by_split().values() for entity in part.entities}) == 12


def test_pseudonyms_are_stable_and_change_with_the_files(tmp_path: Path) -> None:
    first, again = loaded(write_folders(tmp_path / "a")), loaded(tmp_path / "a")
    other = loaded(write_folders(tmp_path / "b", PatientSex="M"))
    assert first.train.entities.tolist() == again.train.entities.tolist()
    assert not set(first.train.entities) & set(other.train.entities)


def test_header_fields_become_groups_only_when_asked_for(tmp_path: Path) -> None:
    write_folders(tmp_path)
    assert list(loaded(tmp_path).train.groups) == []
    splits = loaded(
        tmp_path, "data.dicom_groups=[Modality, PatientSex, PatientAge, BodyPartExamined]"
    )
    assert splits.provenance.conditions == ("modality", "body_part_examined")
    groups = splits.train.groups
    assert groups.iloc[0].to_dict() == {
        "modality": "CR",
        "patient_sex": "F",
        "body_part_examined": "unknown",
        "age_band": "60-74",
    }


@pytest.mark.parametrize("tag", ["PatientName", "PatientID", "StudyDate"])
def test_a_field_that_identifies_can_be_no_group(tag: str) -> None:
    with pytest.raises(ConfigError, match=r"data\.dicom_groups\.0: Input should be 'Modality'"):
        config(f"data.dicom_groups=[{tag}]")


def test_a_image_without_a_patient_is_set_aside_where_others_have_one(tmp_path: Path) -> None:
    write_folders(tmp_path)
    write_image(tmp_path / "clear" / "plain.png")
    (problem,) = loaded(tmp_path, "data.max_quarantine_share=0.1").quarantine
    assert problem.file == str(tmp_path / "clear" / "plain.png")
    assert problem.reason.startswith("it names no patient (PatientID), while other images do")
    assert loaded(tmp_path, "data.dicom_entity=false").quarantine == ()


def test_a_table_may_leave_patients_to_the_headers(tmp_path: Path) -> None:
    write_folders(tmp_path)
    rows = [f"{path.stem},{path.parent.name}" for path in sorted(tmp_path.rglob("*.dcm"))]
    (tmp_path / "labels.csv").write_text("\n".join(["image,label", *rows]) + "\n")
    splits = loaded(tmp_path)
    assert len({entity for part in splits.by_split().values() for entity in part.entities}) == 12
    assert any("PatientID as a keyed hash" in note for note in splits.provenance.notes)


def test_dicom_files_are_scored_beside_others(tmp_path: Path) -> None:
    write_folders(tmp_path, num_patients=1)
    (tmp_path / "effusion" / "film00.dcm").write_bytes(b"no picture")
    inputs = read_inputs(config(), tmp_path)
    assert inputs.problems == {
        "effusion/film00.dcm": "it is not an image, or its header is damaged"
    }
    assert inputs.rows(np.array([1]))["image_bytes"][0].startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("dicom")
    source = write_folders(root / "films", num_patients=30)
    settings = (
        "train.batch_size=8",
        "train.epochs=1",
        "explain.num_examples=1",
        "evaluate.max_perturbation_examples=20",
    )
    groups = "data.dicom_groups=[Modality, PatientSex, PatientAge]"
    run_stages(PIPELINE, config(*settings, groups, source=source), RunDirectory(root / "run"))
    return root / "run"


@pytest.mark.slow
def test_no_identifying_value_is_in_any_file_of_a_finished_run(finished_run: Path) -> None:
    values = [*IDENTIFYING.values(), "MRN-44711", "Quixotic", "067Y"]
    found = {
        value
        for content in contents_below(finished_run)
        for value in values
        if value.encode() in content
    }
    assert found == set()


@pytest.mark.slow
def test_the_search_would_find_a_value(finished_run: Path) -> None:
    values = {"patient-": False, "PatientAge": False, "60-74": False, "film00": False}
    for content in contents_below(finished_run):
        values |= {value: True for value in values if value.encode() in content}
    assert all(values.values()), values


def test_all_header_fields_but_sex_and_age_are_conditions() -> None:
    every = config(f"data.dicom_groups=[{', '.join(DICOM_TAGS)}]").data
    assert set(dicom_conditions(every)) == {
        *("modality", "body_part_examined", "view_position", "laterality", "image_laterality"),
        *("manufacturer", "manufacturer_model_name"),
    }
