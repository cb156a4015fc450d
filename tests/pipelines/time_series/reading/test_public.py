from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.data import load
from shared.config.sources import resolve_config
from shared.contract import Splits
from shared.errors import DataError
from tests.data.same_splits import assert_same_splits

_PRESETS = Path("pipelines/time_series/presets")
_DUMMY = Path("data/ett/dummy_data")
_SMALL = ("data.lookback_steps=24", "data.horizon_steps=4")


def _load(source: str | Path, *assignments: str) -> Splits:
    return load(
        resolve_config(TimeSeriesConfig, _PRESETS, "smoke", [*_SMALL, *assignments], str(source))
    )


def _load_public(
    folder: Path, cache: Path, *assignments: str, source: str = "tfds:ett/etth1"
) -> Splits:
    return _load(source, f"data.manual_dir={folder}", f"data.cache_dir={cache}", *assignments)


@pytest.mark.parametrize("cut", ["data.split_steps=[48, 20, 20]", "data.past_covariates=[HUFL]"])
def test_ett_is_the_same_by_path_and_by_tfds(tmp_path: Path, cut: str) -> None:
    steps = "data.split_steps=[50, 20, 20]"
    assert_same_splits(
        _load(_DUMMY / "ETTh1.csv", steps, cut), _load_public(_DUMMY, tmp_path, steps, cut)
    )


def test_gaps_in_the_values_are_the_same_by_path_and_by_tfds(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(_DUMMY, tmp_path / "copy"))
    lines = (folder / "ETTh1.csv").read_text().splitlines()
    lines[5] = ",".join([*lines[5].split(",")[:-1], ""])
    (folder / "ETTh1.csv").write_text("\n".join(lines) + "\n")
    steps = "data.split_steps=[50, 20, 20]"
    assert_same_splits(
        _load(folder / "ETTh1.csv", steps), _load_public(folder, tmp_path / "cache", steps)
    )


def test_the_protocol_cuts_where_nothing_else_says_how(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"tfds:ett/etth1: data\.split_steps asks for 14400 time steps, but there are 96",
    ):
        _load_public(_DUMMY, tmp_path)


def test_a_shorter_copy_is_labelled(tmp_path: Path) -> None:
    notes = _load_public(_DUMMY, tmp_path, "data.split_steps=[50, 20, 20]").provenance.notes
    assert (
        notes[0] == "This copy differs from the official card: 96 of 17,420 rows (Zeng et al. 2023"
        " (LTSF-Linear), Table 1)."
    )
    assert notes[1].startswith(
        "This copy differs from the official card: ETTh1.csv has another sha256 checksum than"
        " published"
    )


def test_texts_are_refused_with_what_holds_series(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=(
            "tfds:sst2: this dataset holds texts, but the pipeline reads series: tfds:ett/<config>"
        ),
    ):
        _load_public(_DUMMY, tmp_path, source="tfds:sst2")
