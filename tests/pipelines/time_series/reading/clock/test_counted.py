"""Tables whose stamps count steps, and tables without stamps."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.time_series.completing import complete
from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.data import load
from pipelines.time_series.reading.inputs import read_inputs
from shared.config.sources import resolve_config
from shared.errors import DataError
from tests.pipelines.time_series.tables import PRESETS, write

_STEPS = np.arange(1, 121)
_WAVE = 10.0 + 3.0 * np.sin(2.0 * np.pi * _STEPS / 12.0)
_NOISE = np.random.default_rng(0).normal(0.0, 0.3, 120)
_WIDE = pd.DataFrame({"t": _STEPS, "a": _WAVE + _NOISE, "b": 2.0 * _WAVE - _NOISE})
_LONG = _WIDE.melt("t", var_name="unique_id", value_name="y").rename(columns={"t": "ds"})
_COUNTS = np.random.default_rng(1).poisson(0.5, (120, 2))


def _config(table: pd.DataFrame, folder: Path, *assignments: str) -> TimeSeriesConfig:
    path = write(table, folder / "table.csv")
    settings = ["data.horizon_steps=6", *assignments]
    return complete(resolve_config(TimeSeriesConfig, PRESETS, "smoke", settings, str(path)))


@pytest.mark.parametrize(
    ("table", "first", "ahead"),
    [
        (_WIDE, "a@97", "a@121"),
        (_WIDE.assign(t=_STEPS - 1), "a@96", "a@120"),
        (_WIDE.assign(t=2 * _STEPS), "a@194", "a@242"),
        (_WIDE.sample(frac=1.0, random_state=0), "a@97", "a@121"),
        (_WIDE.drop([30, 31]), "a@97", "a@121"),
        (_LONG, "a@97", "a@121"),
    ],
    ids=["from 1", "from 0", "by 2", "unsorted", "gap", "long"],
)
def test_numbers_of_steps_are_a_time_index_without_a_calendar(
    tmp_path: Path, table: pd.DataFrame, first: str, ahead: str
) -> None:
    config = _config(table, tmp_path)
    assert (config.data.season_steps, config.data.calendar) == (12, ())
    splits = load(config)
    assert splits.test.ids[0] == first
    assert splits.test.rows(np.array([0]))["future"].shape == (1, 6, 0)
    assert list(splits.test.groups.columns) == ["series", "level"]
    assert splits.provenance.notes[0].startswith("Stamps count steps of unknown length; the season")
    as_trained = config.data.model_copy(update=dict(splits.reading))
    scored = config.model_copy(update={"data": as_trained})
    assert read_inputs(scored, Path(config.data.source)).ids[0] == ahead


def test_a_declared_step_tells_the_season_of_rows_without_stamps(tmp_path: Path) -> None:
    config = _config(_WIDE[["a", "b"]], tmp_path, "data.frequency=D")
    assert (config.data.season_steps, config.data.calendar) == (7, ())
    splits = load(config)
    assert splits.test.ids[0] == "a@97"
    assert "time_column" not in splits.reading
    assert "of D, as data.frequency says" in splits.provenance.notes[0]


def test_rows_of_each_series_are_counted_by_themselves(tmp_path: Path) -> None:
    config = _config(_LONG[["unique_id", "y"]], tmp_path, "data.frequency=none")
    inputs = read_inputs(config, Path(config.data.source))
    assert inputs.ids.tolist() == ["a@121", "b@121"]


def test_counts_are_not_taken_for_an_index_and_have_no_season(tmp_path: Path) -> None:
    table = pd.DataFrame(_COUNTS, columns=["bread", "milk"])
    with pytest.raises(DataError, match="expected a date and time"):
        _config(table, tmp_path)
    assert _config(table, tmp_path, "data.frequency=none").data.season_steps == 1


@pytest.mark.parametrize(
    "table",
    [
        _WIDE[["a", "b"]],
        pd.DataFrame(_COUNTS, columns=["bread", "milk"]),
        _LONG[["unique_id", "y"]],
        _WIDE.rename(columns={"t": "n"}).assign(n=3 * (_STEPS % 40)),
    ],
    ids=["numbers", "counts", "names", "repeated"],
)
def test_what_a_refusal_advises_works_as_it_stands(tmp_path: Path, table: pd.DataFrame) -> None:
    with pytest.raises(DataError) as caught:
        _config(table, tmp_path)
    words = shlex.split(str(caught.value).replace("(", " ").replace("'", " "))
    advised = [words[place + 1].rstrip(".") for place, word in enumerate(words) if word == "--set"]
    assert advised
    for setting in advised:
        assert len(load(_config(table, tmp_path, setting)).test)


def test_stamps_that_repeat_or_are_no_whole_steps_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has the stamp 6 twice, in rows 6 and 121"):
        load(_config(pd.concat([_WIDE, _WIDE.iloc[[5]]]), tmp_path))
    halves = _WIDE.assign(t=np.where(_STEPS == 60, 59.5, _STEPS))
    with pytest.raises(DataError, match=r"row 60, column 't': expected a whole number of steps"):
        load(_config(halves, tmp_path, "data.time_format=steps"))
