"""The tutorial's commands do what it says, on small files of the names that it uses."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cli.__main__ import main
from shared.config.setting_text import read_yaml
from tests.architecture.source_tree import REPOSITORY
from tests.shared.datasheet.invented import encode_sound, make_sound

_PAGE = Path(REPOSITORY, "docs/tutorial.md").read_text(encoding="utf-8")
_COMMANDS = re.findall(r"^    python -m pipelines (.+)$", _PAGE, re.MULTILINE)

pytestmark = pytest.mark.xdist_group("tutorial")


def _call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["pipelines", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def _image(path: Path, channel: int, generator: np.random.Generator) -> None:
    pixels = generator.integers(0, 60, (32, 32, 3))
    pixels[..., channel] += 150
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def _make_images(folder: Path) -> None:
    generator = np.random.default_rng(0)
    for number in range(48):
        kind = number % 2
        _image(folder / "photos" / ("red", "green")[kind] / f"{number}.png", kind, generator)
        _image(folder / "clinic" / f"b{number:02d}.png", kind, generator)
    columns = {
        "Bilddatei": [f"b{number:02d}.png" for number in range(48)],
        "Befund": [("rot", "grün")[number % 2] for number in range(48)],
        "Patientin": [f"P{number // 2}" for number in range(48)],
    }
    pd.DataFrame(columns).to_csv(folder / "clinic" / "liste.csv", index=False)


def _make_texts(folder: Path) -> None:
    words = ("Film", "Buch", "Essen", "Hotel", "Kaffee")
    texts = [
        f"Das {words[number % 5]} Nummer {number} war {('leider', 'wirklich')[number % 2]} so schön"
        for number in range(60)
    ]
    labels = [("schlecht", "gut")[number % 2] for number in range(60)]
    table = pd.DataFrame({"Bewertungstext": texts, "Stimmung": labels})
    table.to_csv(folder / "reviews.csv", sep=";", index=False, encoding="cp1252")


def _make_recordings(folder: Path) -> None:
    (folder / "recordings").mkdir()
    speakers = ("anna", "ben", "cleo", "dora", "emil", "fay")
    for number in range(48):
        name = f"{('no', 'yes')[number % 2]}_{speakers[number // 2 % 6]}_{number:02d}.wav"
        (folder / "recordings" / name).write_bytes(encode_sound(make_sound(number)))


def _make_series(folder: Path) -> None:
    weeks = [f"{year}-W{week:02d}" for year in range(2018, 2026) for week in range(1, 53)]
    loads = 1200 + 300 * np.sin(np.arange(len(weeks)) * 2 * np.pi / 52)
    cells = [f"{load:,.1f}".replace(",", "\u202f").replace(".", ",") for load in loads]
    rows = [f"{week};{cell}" for week, cell in zip(weeks, cells, strict=True)]
    (folder / "loads.csv").write_text("\n".join(["Woche;Last", *rows]), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tutorial")
    _make_images(folder)
    _make_texts(folder)
    _make_recordings(folder)
    _make_series(folder)
    return folder


@pytest.fixture
def in_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(folder)
    return monkeypatch


def test_the_page_shows_both_commands_for_each_kind() -> None:
    for name in ("medical_imaging", "sentiment", "speech", "time_series"):
        assert any(f"run {name} --preset" in command for command in _COMMANDS)
    named = {preset for command in _QUICK for preset in re.findall(r"(\w+)\.yaml", command)}
    assert named == set(_EXPECTED)


_QUICK = [command for command in _COMMANDS if not command.startswith("predict")]


@pytest.mark.parametrize("preset", ["photos", "clinic", "reviews", "recordings", "loads"])
def test_inspected_data_is_read_by_its_preset(
    in_folder: pytest.MonkeyPatch,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    preset: str,
) -> None:
    commands = [command for command in _QUICK if f"{preset}.yaml" in command]
    for command in dict.fromkeys(commands):
        arguments = shlex.split(command)
        if arguments[0] == "run" and "--stages" not in arguments:
            arguments += ["--stages", "data"]
        code = _call(in_folder, *arguments)
        printed = capsys.readouterr()
        assert code == 0, f"{command}\n{printed.out}\n{printed.err}"
        assert "TensorFlow" not in printed.err
    tree = read_yaml((folder / f"{preset}.yaml").read_text(encoding="utf-8"), where=preset)
    expected = _EXPECTED[preset]
    assert {name: tree["data"].get(name) for name in expected} == expected


_EXPECTED: dict[str, dict[str, object]] = {
    "photos": {"source": "photos/"},
    "clinic": {
        "image_column": "Bilddatei",
        "label_column": "Befund",
        "entity_column": "Patientin",
    },
    "reviews": {
        "encoding": "cp1252",
        "text_column": "Bewertungstext",
        "label_column": "Stimmung",
    },
    "recordings": {"filename_pattern": "(?P<label>[^_]+)_(?P<speaker>[^_]+)_[^_]+"},
    "loads": {"horizon_steps": 12, "decimal": "comma", "thousands": "space"},
}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_first_example_ends_in_predictions(
    in_folder: pytest.MonkeyPatch, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (folder / "photos.yaml").exists():
        assert _call(in_folder, *shlex.split(_COMMANDS[0])) == 0
    run = ["run", "medical_imaging", "--preset", "photos.yaml", "--set", "train.epochs=2"]
    code = _call(in_folder, *run)
    assert code == 0, capsys.readouterr().err
    predict = next(command for command in _COMMANDS if command.startswith("predict"))
    assert _call(in_folder, *shlex.split(predict)) == 0
    assert len(pd.read_csv(folder / "predictions.csv")) == 48
