from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines import NAMES, presets_folder

PRESETS = [
    pytest.param(name, path, id=f"{name}-{path.stem}")
    for name in NAMES
    for path in sorted(presets_folder(name).glob("*.yaml"))
]
RESULT = re.compile(r"Seed \d+[:,] .*\d|Not run here", re.DOTALL)
"""What came out, of which seed; or that nobody knows."""


def _header(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next((place for place, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "\n".join(line.removeprefix("#").strip() for line in lines[:end])


@pytest.mark.parametrize(("name", "path"), PRESETS)
def test_a_preset_says_how_it_is_run(name: str, path: Path) -> None:
    option = "" if path.stem == "default" else f" --preset {path.stem}"
    assert f"python -m pipelines run {name}{option}" in _header(path)


@pytest.mark.parametrize(("name", "path"), PRESETS)
def test_a_preset_says_what_came_out(name: str, path: Path) -> None:
    del name
    if not path.stem.startswith("smoke"):
        assert RESULT.search(_header(path)), f"{path.name} states no result"


def test_a_preset_without_command_or_result_is_found(tmp_path: Path) -> None:
    path = tmp_path / "default.yaml"
    path.write_text("# The demo.\ndata:\n  # Seed 0: 100 %\n", encoding="utf-8")
    assert _header(path) == "The demo."
    assert not RESULT.search(_header(path))
