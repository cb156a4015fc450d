"""Advice is followed, in every pipeline: pasted into a shell, each step leads on, until it works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pipelines import get_pipeline, presets_folder
from shared.config.sources import resolve_config
from shared.contract import Inputs, Splits
from shared.errors import DataError
from shared.loading.source import load_splits
from tests.pipelines.advice import advised, pasted
from tests.pipelines.speech.sounds import write_tone

_NUM_ROWS = 24
_NUMBERS = range(_NUM_ROWS)
_MOST_STEPS = 6

_Change = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class _Case:
    """A source with a mistake, and settings that go with it."""

    change: _Change
    settings: Sequence[str] = ()
    encoding: str = "utf-8"
    name: str = "rows.csv"


def _renamed(**names: str) -> _Change:
    return lambda table: table.rename(columns=names)


def _with(**columns: Sequence[str]) -> _Change:
    return lambda table: table.assign(**columns)


def _cycle(*values: str) -> list[str]:
    return [values[number % len(values)] for number in _NUMBERS]


_PARTS = ["train"] * 16 + ["val"] * 4 + ["test"] * 4
_GIVEN = ("data.split=given",)
_TABLES: dict[str, _Case] = {
    "other names": _Case(_renamed(text="body", label="dx 1", file="bild", image="bild")),
    "one class in two spellings": _Case(_with(label=_cycle("0", "1", "0.0", "1.0"))),
    "no column of splits": _Case(_with(), _GIVEN),
    "splits of another name": _Case(_with(Part=_PARTS), _GIVEN),
    "name with a space": _Case(_with(), name="my rows.csv"),
    "name with a quote": _Case(_with(), name="Ann's rows.csv"),
}
_TEXTS = _TABLES | {
    "code page": _Case(_with(text=[f"a café number {i}" for i in _NUMBERS]), encoding="cp1252"),
    "no byte order mark": _Case(_with(), encoding="utf-16-le"),
    "empty": _Case(_with(text=[f"a film {i}" if i > 4 else "" for i in _NUMBERS])),
    "authors in two spellings": _Case(
        _with(author=[f"{'Ann' if i % 2 else 'ann'} {i // 4}" for i in _NUMBERS]),
        ("data.entity_column=author",),
    ),
    "author in two splits": _Case(
        _with(author=_cycle("a", "b", "c", "d", "e"), part=_PARTS),
        (*_GIVEN, "data.split_column=part", "data.entity_column=author"),
    ),
}


def _write_table(folder: Path, case: _Case, table: pd.DataFrame) -> Path:
    path = folder / case.name
    case.change(table).to_csv(path, index=False, encoding=case.encoding)
    return path


def _texts(folder: Path, case: _Case) -> Path:
    texts = [f"a {'good' if i % 2 else 'bad'} film number {i}" for i in _NUMBERS]
    table = pd.DataFrame({"text": texts, "label": _cycle("bad", "good")})
    return _write_table(folder, case, table)


def _sounds(folder: Path, case: _Case) -> Path:
    files = [f"{number}.wav" for number in _NUMBERS]
    for number, file in enumerate(files):
        write_tone(folder / file, frequency_hz=200.0 + 30.0 * number)
    speakers = [f"s{number // 2}" for number in _NUMBERS]
    table = pd.DataFrame({"file": files, "label": _cycle("yes", "no"), "speaker": speakers})
    _write_table(folder, case, table)
    if case.name != "rows.csv":
        _write_table(folder, _Case(_with()), table)  # of two tables, one is to be named
    return folder


def _images(folder: Path, case: _Case) -> Path:
    generator = np.random.default_rng(0)
    files = [f"{number}.png" for number in _NUMBERS]
    for file in files:
        pixels = generator.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / file)
    table = pd.DataFrame({"image": files, "label": _cycle("wart", "mole")})
    _write_table(folder, case, table)
    if case.name != "rows.csv":
        _write_table(folder, _Case(_with()), table)  # of two tables, one is to be named
    return folder


_SOURCES: dict[str, tuple[Callable[[Path, _Case], Path], dict[str, _Case]]] = {
    "sentiment": (_texts, _TEXTS),
    "speech": (_sounds, _TABLES),
    "medical_imaging": (_images, _TABLES),
}
_CASES = [(name, case) for name, (_, cases) in _SOURCES.items() for case in cases]


def _load(name: str, source: Path, settings: Sequence[str]) -> Splits:
    pipeline = get_pipeline(name)
    config = resolve_config(
        pipeline.config_type, presets_folder(name), "smoke", list(settings), str(source)
    )
    return load_splits(pipeline, config)


def _follow(attempt: Callable[[Sequence[str]], Splits | Inputs], settings: Sequence[str]) -> int:
    """How many steps of advice lead to success, each the first that is new."""
    given = list(settings)
    for step in range(_MOST_STEPS):
        try:
            attempt(given)
        except DataError as error:
            options = [pasted(option) for option in advised(str(error))]
            new = [option for option in options if option not in given]
            assert new, f"{error}\nnothing new is advised beyond {given}"
            given.append(new[0])
        else:
            return step
    raise AssertionError(f"no success after {given}")


@pytest.mark.parametrize(("name", "case"), _CASES)
def test_advice_leads_from_a_mistake_to_data_that_loads(
    tmp_path: Path, name: str, case: str
) -> None:
    write, cases = _SOURCES[name]
    chosen = cases[case]
    source = write(tmp_path, chosen)
    # Of a few rows there are few batches.
    settings = [*chosen.settings, "train.batch_size=2"]
    steps = _follow(lambda given: _load(name, source, given), settings)
    is_harmless = name == "sentiment" and chosen.name != "rows.csv"  # the file itself is named
    assert (steps == 0) == is_harmless


@pytest.mark.parametrize(
    ("name", "columns", "encoding"),
    [
        ("sentiment", ("id", "body"), "utf-8"),
        ("sentiment", ("id", "text"), "cp1252"),
        ("speech", ("id", "clip"), "utf-8"),
        ("medical_imaging", ("id", "bild"), "utf-8"),
    ],
)
def test_advice_leads_to_inputs_that_are_read(
    tmp_path: Path, name: str, columns: tuple[str, str], encoding: str
) -> None:
    suffix = {"speech": ".wav", "medical_imaging": ".png"}.get(name, " é film")
    table = pd.DataFrame({columns[0]: range(4), columns[1]: [f"{i}{suffix}" for i in range(4)]})
    table.to_csv(tmp_path / "new.csv", index=False, encoding=encoding)
    pipeline = get_pipeline(name)

    def read(given: Sequence[str]) -> Inputs:
        config = resolve_config(pipeline.config_type, presets_folder(name), "smoke", list(given))
        return pipeline.read_inputs(config, tmp_path / "new.csv")

    assert _follow(read, ()) == 1
