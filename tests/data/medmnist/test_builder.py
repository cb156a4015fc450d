from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data.medmnist.card import CONFIGS, card
from data.medmnist.description import find_files
from data.medmnist.medmnist_dataset_builder import Builder
from shared.errors import DataError
from tests.data.builder_checks import BuilderCase, check_builder
from tests.data.dummy import assert_is_generated
from tests.data.medmnist.dummy import write_dummy, write_npz

_DUMMY = Path("data/medmnist/dummy_data")
_FILES = {
    "bloodmnist_28": "bloodmnist.npz",
    "breastmnist_64": "breastmnist_64.npz",
    "chestmnist_28": "chestmnist.npz",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_DUMMY, tmp_path / "copy"))


def _build(folder: Path, cache: Path, config: str = "bloodmnist_28") -> Any:
    builder = Builder(data_dir=cache, config=config, manual_dir=folder)
    builder.download_and_prepare(file_format="array_record")
    return builder


@pytest.mark.parametrize("config", _FILES)
def test_the_builder_keeps_what_tfds_and_we_expect_of_it(tmp_path: Path, config: str) -> None:
    check_builder(
        BuilderCase(
            Builder, {"train": 16, "validation": 6, "test": 6}, config, frozenset({_FILES[config]})
        ),
        tmp_path,
    )


def test_dummy_data_is_generated(tmp_path: Path) -> None:
    assert_is_generated(_DUMMY, write_dummy, tmp_path)


def test_twelve_sets_in_four_sizes_have_cards() -> None:
    assert len(CONFIGS) == 48
    assert (
        len(
            {
                figure
                for config in CONFIGS
                for figure in card(config).figures
                if hasattr(figure, "algorithm")
            }
        )
        == 48
    )


def test_pixels_are_kept(tmp_path: Path) -> None:
    images = [
        example["image"] for example in _build(_DUMMY, tmp_path).as_data_source(split="validation")
    ]
    with np.load(_DUMMY / "bloodmnist.npz") as archive:
        assert np.array_equal(np.stack(images), archive["val_images"])


def test_a_image_with_several_labels_keeps_them(tmp_path: Path) -> None:
    label = _build(_DUMMY, tmp_path, "chestmnist_28").as_data_source(split="train")[0]["label"]
    with np.load(_DUMMY / "chestmnist.npz") as archive:
        assert label.tolist() == archive["train_labels"][0].tolist()


def test_the_size_may_stand_in_the_file_name(copy: Path) -> None:
    (copy / "bloodmnist.npz").rename(copy / "bloodmnist_28.npz")
    assert find_files([copy], "bloodmnist_28")[0].name == "bloodmnist_28.npz"


def test_a_missing_file_is_named_with_what_there_is() -> None:
    with pytest.raises(
        DataError, match=r"expected pathmnist_224\.npz; there is README\.md, bloodmnist\.npz, "
    ):
        find_files([_DUMMY], "pathmnist_224")


def _changed(**changes: NDArray[Any]) -> dict[str, NDArray[Any]]:
    with np.load(_DUMMY / "bloodmnist.npz") as archive:
        return {name: archive[name] for name in archive.files} | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"val_labels": np.full((6, 1), 8)},
            r"val_labels: expected 1 numbers from 0 to 7 for each image",
        ),
        (
            {"val_images": np.zeros((5, 28, 28, 3), np.uint8)},
            r"val_images: expected 6 images of 3 channels and 8 bits, received uint8 of",
        ),
        (
            {"val_images": np.zeros((6, 28, 28), np.uint8)},
            r"val_images: expected 6 images of 3 channels",
        ),
        (
            {"val_images": np.zeros((6, 28, 28, 3))},
            r"val_images: expected rows of whole numbers, received float64",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, changes: dict[str, NDArray[Any]], message: str
) -> None:
    write_npz(tmp_path / "bloodmnist.npz", _changed(**changes))
    with pytest.raises(DataError, match=message):
        _build(tmp_path, tmp_path / "cache")


def test_a_pickled_array_is_refused_and_never_loaded(tmp_path: Path) -> None:
    pickled: dict[str, Any] = _changed(train_labels=np.array([{"a": 1}], dtype=object))
    np.savez(tmp_path / "bloodmnist.npz", **pickled)
    with pytest.raises(
        DataError, match=r"train_labels: expected rows of whole numbers, received object"
    ):
        _build(tmp_path, tmp_path / "cache")


def test_a_file_without_an_array_lists_those_there_are(tmp_path: Path) -> None:
    arrays = _changed()
    del arrays["test_images"]
    write_npz(tmp_path / "bloodmnist.npz", arrays)
    with pytest.raises(
        DataError, match=r"there is no array 'test_images'\. Arrays: train_images\.npy, "
    ):
        _build(tmp_path, tmp_path / "cache")


@pytest.mark.parametrize("num_bytes", [0, 100, 4000])
def test_a_truncated_file_is_refused(copy: Path, tmp_path: Path, num_bytes: int) -> None:
    file = copy / "bloodmnist.npz"
    file.write_bytes(file.read_bytes()[:num_bytes])
    with pytest.raises(DataError, match=r"not a readable \.npz file"):
        _build(copy, tmp_path / "cache")
