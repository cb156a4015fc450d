from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.data import load
from shared.config.sources import resolve_config
from shared.contract import Splits
from shared.errors import DataError
from shared.targets import Categories
from tests.data.same_splits import assert_same_splits

_PRESETS = Path("pipelines/sentiment/presets")
_DUMMY = Path("data/sst2/dummy_data")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_DUMMY, tmp_path / "copy"))


def _load(source: str | Path, *assignments: str, preset: str = "sst2") -> Splits:
    return load(resolve_config(SentimentConfig, _PRESETS, preset, assignments, str(source)))


def _load_public(
    folder: Path, cache: Path, *assignments: str, preset: str = "sst2", source: str = "tfds:sst2"
) -> Splits:
    return _load(
        source, f"data.manual_dir={folder}", f"data.cache_dir={cache}", *assignments, preset=preset
    )


def test_three_parts_are_the_same_by_path_and_by_tfds(tmp_path: Path) -> None:
    assert_same_splits(_load(_DUMMY), _load_public(_DUMMY, tmp_path))


def test_without_a_labelled_test_the_last_part_is_reported_by_path_and_by_tfds(
    copy: Path, tmp_path: Path
) -> None:
    (copy / "test.tsv").unlink()
    by_path, by_name = _load(copy), _load_public(copy, tmp_path / "cache")
    assert_same_splits(by_path, by_name)
    assert by_name.test.ids[0] == "dev-1"
    assert any(
        note.startswith("dev is the test, reported once; validation was cut out of train")
        for note in by_name.provenance.notes
    )
    assert any(
        "0 of 1,821 sentences in the test split" in note for note in by_name.provenance.notes
    )


def test_a_split_by_entity_is_the_same_by_path_and_by_tfds(tmp_path: Path) -> None:
    assert_same_splits(
        _load(_DUMMY, "data.split=entity"), _load_public(_DUMMY, tmp_path, "data.split=entity")
    )


def test_rows_without_a_label_are_set_aside_by_path_and_by_tfds(copy: Path, tmp_path: Path) -> None:
    (copy / "train.tsv").write_text((copy / "train.tsv").read_text() + "no label\t\n")
    permitted = "data.max_quarantine_share=0.1"
    by_path, by_name = _load(copy, permitted), _load_public(copy, tmp_path / "cache", permitted)
    assert_same_splits(by_path, by_name)
    assert (
        [problem.row for problem in by_name.quarantine]
        == [problem.row for problem in by_path.quarantine]
        == [33]
    )


def test_class_names_come_with_the_dataset(tmp_path: Path) -> None:
    splits = _load_public(_DUMMY, tmp_path, "data.split=given", preset="default")
    assert splits.target == Categories(names=("negative", "positive"))


def test_an_unknown_config_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"tfds:sst2/words: there is no config 'words'\. Configs: sentences, glue\."
    ):
        _load_public(_DUMMY, tmp_path, source="tfds:sst2/words")
