from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.data import load
from shared.config.sources import resolve_config
from shared.contract import Splits
from shared.errors import DataError
from shared.targets import Categories
from tests.data.medmnist.dummy import write_npz
from tests.data.same_splits import assert_same_splits

_PRESETS = Path("pipelines/medical_imaging/presets")
_HAM = Path("data/ham10000/dummy_data")
_MED = Path("data/medmnist/dummy_data")


def _load(source: str | Path, *assignments: str, preset: str) -> Splits:
    return load(resolve_config(MedicalConfig, _PRESETS, preset, assignments, str(source)))


def _load_public(source: str, folder: Path, cache: Path, *assignments: str, preset: str) -> Splits:
    return _load(
        source, f"data.manual_dir={folder}", f"data.cache_dir={cache}", *assignments, preset=preset
    )


def test_ham10000_is_the_same_by_path_and_by_tfds(tmp_path: Path) -> None:
    assert_same_splits(
        _load(_HAM, preset="ham10000"),
        _load_public("tfds:ham10000", _HAM, tmp_path, preset="ham10000"),
    )


def test_ham10000_needs_no_preset_to_know_lesions_groups_and_class_names(tmp_path: Path) -> None:
    splits = _load_public("tfds:ham10000", _HAM, tmp_path, preset="default")
    assert splits.target == Categories(names=("melanoma", "melanocytic nevus"))
    assert list(splits.train.groups) == ["sex", "localization", "dx_type", "age_band"]
    assert splits.provenance.conditions == ("localization", "dx_type")
    assert splits.train.entities[0].startswith("FAKE_")
    assert splits.train.ground_truth is not None


def test_a_copy_without_masks_says_what_it_can_not_tell(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(_HAM, tmp_path / "copy"))
    shutil.rmtree(folder / "masks")
    splits = _load_public("tfds:ham10000", folder, tmp_path / "cache", preset="ham10000")
    assert splits.train.ground_truth is None
    assert any(note.startswith("This copy holds no masks") for note in splits.provenance.notes)


def test_damaged_images_of_a_copy_are_set_aside_up_to_the_limit(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(_HAM, tmp_path / "copy"))
    (folder / "images" / "ISIC_9900004.jpg").write_bytes(b"not a picture")
    with pytest.raises(
        DataError, match=r"(?s)1 of 12 inputs can't be used.*'ISIC_9900004': it is not an image"
    ):
        _load_public("tfds:ham10000", folder, tmp_path / "cache", preset="ham10000")
    splits = _load_public(
        "tfds:ham10000",
        folder,
        tmp_path / "cache",
        "data.max_quarantine_share=0.1",
        preset="ham10000",
    )
    assert len(splits.quarantine) == 1
    assert any(
        "12 images of 24×18 px or unreadable instead of 600×450 px" in note
        for note in splits.provenance.notes
    )


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(_HAM, tmp_path / "copy"))
    (folder / "images" / "ISIC_9900004.jpg").unlink()
    with pytest.raises(DataError, match=r"'ISIC_9900004': the file is empty"):
        _load_public("tfds:ham10000", folder, tmp_path / "cache", preset="ham10000")


def test_recordings_are_refused_with_what_holds_images(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=(
            "tfds:fsdd: this dataset holds recordings, but the pipeline reads images: tfds:ham10000"
        ),
    ):
        _load_public("tfds:fsdd", _HAM, tmp_path, preset="default")


def test_medmnist_is_the_same_by_path_and_by_tfds(tmp_path: Path) -> None:
    names = "data.class_names={'0': a, '1': b, '2': c, '3': d, '4': e, '5': f, '6': g, '7': h}"
    by_path = _load(_MED / "bloodmnist.npz", names, preset="smoke")
    assert_same_splits(
        by_path, _load_public("tfds:medmnist/bloodmnist_28", _MED, tmp_path, names, preset="smoke")
    )


def test_medmnist_names_its_classes_in_their_official_order(tmp_path: Path) -> None:
    splits = _load_public("tfds:medmnist/breastmnist_64", _MED, tmp_path, preset="smoke")
    assert splits.target == Categories(names=("malignant", "normal, benign"))


def _retina(folder: Path) -> Path:
    """A set whose labels are grades, as `data/medmnist/dummy_data` holds others."""
    folder.mkdir()
    arrays: dict[str, np.ndarray] = {}
    for part, count in (("train", 20), ("val", 10), ("test", 10)):
        arrays[f"{part}_images"] = np.random.default_rng(count).integers(
            0, 255, (count, 28, 28, 3), dtype=np.uint8
        )
        arrays[f"{part}_labels"] = (np.arange(count, dtype=np.uint8) % 5)[:, None]
    write_npz(folder / "retinamnist.npz", arrays)
    return folder


def test_retinamnist_says_that_its_labels_are_grades_unless_the_user_renames_them(
    tmp_path: Path,
) -> None:
    folder = _retina(tmp_path / "retina")
    splits = _load_public(
        "tfds:medmnist/retinamnist_28", folder, tmp_path / "cache", preset="smoke"
    )
    assert splits.target == Categories(names=("0", "1", "2", "3", "4"), ordered=True)
    merged = "data.class_names={'0': fine, '1': ill, '2': ill, '3': ill, '4': fine}"
    splits = _load_public(
        "tfds:medmnist/retinamnist_28", folder, tmp_path / "cache", merged, preset="smoke"
    )
    assert splits.target == Categories(names=("fine", "ill"))


def test_images_with_several_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match="tfds:medmnist/chestmnist_28: its images have several labels each"
    ):
        _load_public("tfds:medmnist/chestmnist_28", _MED, tmp_path, preset="smoke")


def test_an_unknown_set_is_refused_with_some_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"there is no config 'bloodmnist_32'\. Configs: pathmnist_28, .*\(48 in all\)",
    ):
        _load_public("tfds:medmnist/bloodmnist_32", _MED, tmp_path, preset="smoke")
