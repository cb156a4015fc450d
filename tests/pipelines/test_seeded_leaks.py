"""In each domain, a leak is planted in files on disk.

The run stops with one message, or goes on when told to and the page says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

from cli.__main__ import main
from shared.reporting.datasheet_page import render_datasheet
from shared.run.artefacts.data.record import DataRecord
from shared.run.directory import RunDirectory
from tests.pipelines.time_series.tables import wide_table
from tests.shared.datasheet.invented import make_image, make_sound

PARTS = ("train", "val", "test")
_PLACES = [
    (part, place)
    for part, size in (("train", 80), ("val", 10), ("test", 10))
    for place in range(size)
]


def plant_recompressed_image(folder: Path) -> Sequence[str]:
    """`train/no/0.jpg` again in the test split, in a smaller file."""
    for number, (part, place) in enumerate(_PLACES):
        path = folder / part / ("yes" if place % 2 else "no") / f"{part}-{place}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(make_image(number)).save(path, quality=95)
    Image.open(folder / "train" / "no" / "train-0.jpg").save(
        folder / "test" / "no" / "copy.jpg", quality=70
    )
    return ("medical_imaging", "--data", str(folder), "--set", "data.split=given")


def plant_other_punctuation(folder: Path) -> Sequence[str]:
    """Two training texts again in the test split, shouted.

    More than the 1 % that may be set aside.
    """
    texts = [
        f"{'a good' if number % 2 else 'a bad'} film, number {number}, seen on day {number * 7}"
        for number in range(100)
    ]
    table = pd.DataFrame(
        {"text": texts, "label": np.arange(100) % 2, "part": np.repeat(PARTS, [80, 10, 10])}
    )
    copies = table[:2].assign(
        text=table["text"][:2].str.upper().str.replace(",", " -") + "!", part="test"
    )
    folder.mkdir()
    pd.concat([table, copies]).to_csv(folder / "reviews.csv", index=False)
    path = str(folder / "reviews.csv")
    return (
        "sentiment",
        "--data",
        path,
        "--set",
        "data.split=given",
        "--set",
        "data.split_column=part",
    )


def plant_encoded_again(folder: Path) -> Sequence[str]:
    """The first training clip again in the test split, as OGG."""
    folder.mkdir()
    lines = ["file,label,speaker,part"]
    for number, (part, place) in enumerate(_PLACES):
        soundfile.write(folder / f"{part}-{place}.wav", make_sound(number), 8000, subtype="PCM_16")
        lines.append(
            f"{part}-{place}.wav,{'yes' if place % 2 else 'no'},{part}-speaker-{place // 2},{part}"
        )
    soundfile.write(folder / "copy.ogg", make_sound(0), 8000)
    (folder / "list.csv").write_text("\n".join([*lines, "copy.ogg,no,test-speaker-0,test"]) + "\n")
    return (
        "speech",
        "--data",
        str(folder),
        "--set",
        "data.manifest=list.csv",
        "--set",
        "data.split=given",
    )


def plant_value_of_the_future(folder: Path) -> Sequence[str]:
    """A covariate said to be known in advance is the value itself, three steps later."""
    table = wide_table(600, names=("north",))
    folder.mkdir()
    table.assign(temperature=table["north"].shift(-3).ffill()).to_csv(
        folder / "loads.csv", index=False
    )
    settings = [
        "data.lookback_steps=48",
        "data.horizon_steps=6",
        "data.known_covariates=[temperature]",
    ]
    return (
        "time_series",
        "--data",
        str(folder / "loads.csv"),
        *(word for setting in settings for word in ("--set", setting)),
    )


Plant = Callable[[Path], Sequence[str]]

LEAKS: dict[Plant, str] = {
    plant_recompressed_image: "1 example of 'test' also in 'train', written differently",
    plant_other_punctuation: "also in the test split",
    plant_encoded_again: "1 example of 'test' also in 'train', written differently",
    plant_value_of_the_future: (
        "The covariate 'temperature' is a copy of the values of series 'north' of 3 steps later"
    ),
}


@pytest.mark.parametrize("plant", LEAKS, ids=[plant.__name__ for plant in LEAKS])
def test_a_leak_in_the_files_stops_the_run(
    plant: Plant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, printed = _run(plant(tmp_path / "source"), tmp_path, monkeypatch, capsys)
    assert code == 2, printed
    assert LEAKS[plant] in printed
    assert printed.count("Error:") == 1
    assert "Traceback" not in printed
    assert not (tmp_path / "run" / "data.json").exists()


@pytest.mark.parametrize("plant", LEAKS, ids=[plant.__name__ for plant in LEAKS])
def test_an_accepted_leak_is_stamped(
    plant: Plant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [*plant(tmp_path / "source"), "--set", "data.allow_leakage=true"]
    code, printed = _run(arguments, tmp_path, monkeypatch, capsys)
    assert code == 0, printed
    datasheet = DataRecord.read(RunDirectory(tmp_path / "run")).datasheet
    assert datasheet.leakage.allowed
    assert any(
        "written differently" in reason or "is a copy of" in reason
        for reason in datasheet.leakage.reasons
    )
    page = render_datasheet(datasheet, title="Leaky")
    assert "LEAKAGE ACCEPTED" in page
    assert "too good to be true" in page


def _run(
    arguments: Sequence[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[int, str]:
    monkeypatch.setenv("COLUMNS", "1000")
    command = [
        "pipelines",
        "run",
        *arguments,
        "--preset",
        "smoke",
        "--stages",
        "data",
        "--run-dir",
        str(folder / "run"),
    ]
    monkeypatch.setattr(sys, "argv", command)
    code = 0
    try:
        main()
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    printed = capsys.readouterr()
    return code, printed.out + printed.err
