from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from pipelines.medical_imaging.data import load
from shared.errors import DataError
from tests.pipelines.medical_imaging.images import class_names, config


def arrays(*, channels: tuple[int, ...] = ()) -> dict[str, NDArray[Any]]:
    generator = np.random.default_rng(0)
    made: dict[str, NDArray[Any]] = {}
    for part, count in (("train", 12), ("val", 4), ("test", 6)):
        made[f"{part}_images"] = generator.integers(0, 256, (count, 28, 28, *channels)).astype(
            np.uint8
        )
        made[f"{part}_labels"] = (np.arange(count) % 2).astype(np.uint8)[:, None]
    return made


def write(path: Path, **changes: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    kept = {name: values for name, values in {**arrays(), **changes}.items() if values is not None}
    np.savez_compressed(path, allow_pickle=True, **kept)
    return path


def test_the_parts_of_the_file_are_kept_and_each_image_is_an_entity(tmp_path: Path) -> None:
    splits = load(config(source=write(tmp_path / "breastmnist.npz")))
    assert [len(part) for part in splits.by_split().values()] == [12, 4, 6]
    assert splits.test.ids[0] == "test-000000"
    assert splits.test.entities.tolist() == splits.test.ids.tolist()
    assert splits.provenance.name == "breastmnist"


def test_class_names_come_from_the_configuration_or_are_the_indices(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz")
    assert class_names(load(config(source=path))) == ("0", "1")
    assert class_names(
        load(config("data.class_names={'0': malignant, '1': benign}", source=path))
    ) == ("malignant", "benign")


@pytest.mark.parametrize("channels", [(), (3,)])
def test_rows_are_png_files_of_the_same_pixels(tmp_path: Path, channels: tuple[int, ...]) -> None:
    made = arrays(channels=channels)
    np.savez(tmp_path / "a.npz", allow_pickle=False, **made)
    content = load(config(source=tmp_path / "a.npz")).val.rows(np.array([2]))["image_bytes"][0]
    decoded = np.asarray(tf.io.decode_image(content))
    assert np.array_equal(decoded.squeeze(), made["val_images"][2])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"val_labels": None}, "there is no array 'val_labels'. Arrays: train_images"),
        (
            {"test_images": np.zeros((6, 28, 28, 28), np.uint8)},
            "The 3-D sets of MedMNIST are not images",
        ),
        ({"test_images": np.zeros((6, 28, 28), np.float32)}, "expected uint8 images"),
        (
            {"train_labels": np.zeros((12, 14), np.uint8)},
            "Sets with several labels per image (ChestMNIST) are not supported",
        ),
        (
            {"train_labels": np.zeros((11, 1), np.uint8)},
            "expected one whole number for each of 12 images",
        ),
        ({"train_labels": np.array([[None]] * 12)}, "not a readable .npz file of plain arrays"),
    ],
)
def test_files_of_another_kind_are_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        load(config(source=write(tmp_path / "a.npz", **changes)))
    assert message in str(caught.value)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"not a readable \.npz file"):
        load(config(source=path))


def test_a_file_that_unpacks_beyond_the_limit_is_refused_before_it_does(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", train_images=np.zeros((3000, 28, 28), np.uint8))
    with pytest.raises(
        DataError, match=r"unpacks to 2 MiB, more than the permitted 1.*--set data\.npz_limit_mib=3"
    ):
        load(config("data.npz_limit_mib=1", source=path))


def replace_member(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {item: archive.read(item) for item in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for item, held in (members | {name: content}).items():
            archive.writestr(item, held)
    return path


@pytest.mark.parametrize("shape", [(2**40, 28, 28), (-1, 28, 28)])
def test_an_array_whose_header_promises_more_than_there_is_takes_no_memory(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    path = replace_member(write(tmp_path / "a.npz"), "train_images.npy", stream.getvalue())
    with pytest.raises(
        DataError,
        match=r"train_images\.npy is said to be of shape .*, which the file does not hold",
    ):
        load(config(source=path))


def test_members_outside_the_folder_are_not_unpacked(tmp_path: Path) -> None:
    path = replace_member(write(tmp_path / "inner" / "a.npz"), "../../evil.npy", b"out")
    load(config(source=path))
    assert sorted(item.name for item in tmp_path.rglob("*")) == ["a.npz", "inner"]


def test_damage_that_only_the_decompressor_sees_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz")
    content = bytearray(path.read_bytes())
    content[200:220] = bytes(20)
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"not a readable \.npz file"):
        load(config(source=path))


def test_pixels_that_changed_in_the_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "breastmnist.npz"
    made = arrays()
    np.savez(path, allow_pickle=True, **made)
    content = path.read_bytes()
    row = made["test_images"][5, 20].tobytes()
    assert content.count(row) == 1
    path.write_bytes(content.replace(row, bytes(len(row))))
    with pytest.raises(DataError, match=r"not a readable \.npz file of plain arrays .*CRC"):
        load(config(source=path))
