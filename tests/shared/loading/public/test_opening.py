from __future__ import annotations

import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import tensorflow_datasets as tfds

from data.fsdd.fsdd_dataset_builder import Builder
from shared.config import DataConfig
from shared.errors import DataError
from shared.loading.public.index import SPLIT
from shared.loading.public.opening import PublicDataset, open_public

_DUMMY = Path("data/fsdd/dummy_data")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_DUMMY, tmp_path / "copy"))


def _open(cache: Path, **settings: Any) -> PublicDataset:
    return open_public(
        DataConfig(source="tfds:fsdd", cache_dir=str(cache / "cache"), **settings), "recordings"
    )


def test_contents_are_the_files_of_the_source(tmp_path: Path) -> None:
    dataset = _open(tmp_path, manual_dir=str(_DUMMY))
    for file in dataset.files("audio"):
        assert file.read_bytes() == (_DUMMY / "recordings" / file.name).read_bytes()
        assert file.stat().st_size == len(file.read_bytes())


def test_parts_and_small_columns_are_in_the_table(tmp_path: Path) -> None:
    table = _open(tmp_path, manual_dir=str(_DUMMY)).table
    assert table[SPLIT].value_counts().to_dict() == {"train": 16, "val": 8, "test": 8}
    assert [table[name].iloc[0] for name in ("label", "speaker", "sex", "accent")] == [
        "0",
        "george",
        "male",
        "GRC/Greek",
    ]


def test_a_copy_that_differs_is_labelled_with_every_difference(tmp_path: Path) -> None:
    notes = _open(tmp_path, manual_dir=str(_DUMMY)).provenance.notes
    assert [note.split(": ")[1].split(" (")[0] for note in notes[:2]] == [
        "32 of 3,000 recordings",
        "4 of 6 speakers",
    ]
    assert all(note.startswith("This copy differs from the official card: ") for note in notes[:-1])


def test_an_unofficial_copy_is_refused_where_the_official_one_is_required(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=(
            r"(?s)data\.require_official forbids it:.*\n  32 of 3,000 recordings .*\n  4 of 6"
            r" speakers"
        ),
    ):
        _open(tmp_path, manual_dir=str(_DUMMY), require_official=True)


def test_a_dataset_is_prepared_once(tmp_path: Path, copy: Path) -> None:
    first = _open(tmp_path, manual_dir=str(copy))
    with mock.patch.object(Builder, "_generate_examples", side_effect=AssertionError):
        again = _open(tmp_path, manual_dir=str(copy))
    assert again.provenance == first.provenance


def test_two_runs_at_once_prepare_once_and_see_the_same(tmp_path: Path) -> None:
    generate = mock.patch.object(
        Builder, "_generate_examples", autospec=True, side_effect=Builder._generate_examples
    )
    with generate as generated, ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: _open(tmp_path, manual_dir=str(_DUMMY)), range(2))
    assert generated.call_count == 3  # three parts
    assert one.table.equals(other.table)


def test_a_changed_copy_is_not_mistaken_for_the_first(tmp_path: Path, copy: Path) -> None:
    first = _open(tmp_path, manual_dir=str(copy))
    file = copy / "recordings" / "0_george_0.wav"
    file.write_bytes(file.read_bytes()[:-2] + b"\1\1")  # of the same size
    assert _open(tmp_path, manual_dir=str(copy)).provenance.checksum != first.provenance.checksum


def test_the_same_copy_in_another_place_is_the_same_data(tmp_path: Path, copy: Path) -> None:
    first = _open(tmp_path, manual_dir=str(copy))
    moved = copy.rename(tmp_path / "moved")
    with mock.patch.object(Builder, "_generate_examples", side_effect=AssertionError):
        assert _open(tmp_path, manual_dir=str(moved)).provenance == first.provenance


def test_a_half_prepared_dataset_is_prepared_again(tmp_path: Path, copy: Path) -> None:
    generate = Builder._generate_examples

    def break_down(self: Any, files: Any) -> Any:
        yield from list(generate(self, files))[:3]
        raise KeyboardInterrupt

    with (
        mock.patch.object(Builder, "_generate_examples", break_down),
        pytest.raises(KeyboardInterrupt),
    ):
        _open(tmp_path, manual_dir=str(copy))
    assert len(_open(tmp_path, manual_dir=str(copy)).table) == 32


@pytest.mark.parametrize("is_cut", [True, False])
def test_a_damaged_cache_is_named_and_never_read_over(tmp_path: Path, is_cut: bool) -> None:
    dataset = _open(tmp_path, manual_dir=str(_DUMMY))
    (prepared,) = (tmp_path / "cache").rglob("fsdd-train.array_record*")
    content = prepared.read_bytes()
    prepared.write_bytes(b"" if is_cut else content[:4000] + bytes(200) + content[4200:])
    again = _open(tmp_path, manual_dir=str(_DUMMY))
    assert again.table.equals(dataset.table)
    with pytest.raises(
        DataError, match=r"its copy in the cache is damaged \(.*\); remove it with make clean-cache"
    ):
        [file.read_bytes() for file in again.files("audio")]


def test_a_missing_folder_is_refused_with_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=(
            r"nowhere: there is no such folder\. For fsdd it holds the release's folder recordings/"
        ),
    ):
        _open(tmp_path, manual_dir=str(tmp_path / "nowhere"))


def test_a_folder_without_the_files_is_refused_with_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("nothing")
    with pytest.raises(DataError, match=r"expected WAV files named .*; there is notes\.txt\."):
        _open(tmp_path, manual_dir=str(tmp_path / "other"))


def test_a_cache_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, no folder")
    with pytest.raises(
        DataError, match=r"fsdd can't be prepared in .*cache/datasets: .*--set data\.cache_dir="
    ):
        _open(tmp_path, manual_dir=str(_DUMMY))


def test_without_network_the_message_says_which_files_would_do(tmp_path: Path) -> None:
    refused = mock.patch.object(
        socket, "create_connection", side_effect=ConnectionError("no route")
    )
    with (
        refused,
        pytest.raises(
            DataError,
            match=(
                r"fsdd: can't be downloaded .*no route.*data\.manual_dir=FOLDER where FOLDER holds"
                r" the rel"
            ),
        ),
    ):
        _open(tmp_path)


def test_a_corrupt_download_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "archive.zip"
    archive.write_bytes(b"PK truncated")
    name = next(iter(Builder(data_dir=tmp_path).downloads()))
    cut_off = mock.patch.object(
        tfds.download.DownloadManager, "download", return_value={name: archive}
    )
    reached = mock.patch.object(socket, "create_connection")
    with (
        cut_off,
        reached,
        pytest.raises(DataError, match=r"fsdd: a download is corrupt .*sha256 c680098f"),
    ):
        _open(tmp_path)
