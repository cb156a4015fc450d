"""Every command that README.md prints can be given: its words are parsed, the cheap ones run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main
from typer.testing import CliRunner

from cli.__main__ import app
from pipelines import NAMES, presets_folder
from tests.architecture.source_tree import REPOSITORY

_TEXT = (REPOSITORY / "README.md").read_text(encoding="utf-8")
_PREFIX = "python -m pipelines "
_COMMANDS = [
    line.strip().partition(" #")[0].strip()
    for line in _TEXT.splitlines()
    if line.startswith("    ")
]
PYTHON = [shlex.split(one.removeprefix(_PREFIX)) for one in _COMMANDS if one.startswith(_PREFIX)]
MAKE = [shlex.split(one)[1:] for one in _COMMANDS if one.startswith("make ")]
MAKE += [shlex.split(one)[1:] for one in re.findall(r"`(make [^`…]+)`", _TEXT)]


USAGE_ERROR = typer.BadParameter.__bases__[0]
"""Of whatever parses for typer: click, or typer's own copy of it."""


def parse(words: Sequence[str]) -> dict[str, Any]:
    """The values of a command, which is not run; whatever is wrong with them is raised."""
    group: Any = typer.main.get_command(app)
    name, *rest = words
    assert name in group.commands, f"there is no command {name}"
    command = group.commands[name]
    found: dict[str, Any] = command.make_context(name, list(rest)).params
    return found


def test_the_page_has_commands_of_both_kinds() -> None:
    assert len(PYTHON) >= 12
    assert len(MAKE) >= 8


@pytest.mark.parametrize("words", PYTHON, ids=" ".join)
def test_a_command_has_only_options_that_there_are(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for word in words[1:]:  # paths of the reader's
        if not word.startswith("-") and "=" not in word:
            (tmp_path / word).mkdir(parents=True, exist_ok=True)
    name = parse(words).get("name")
    assert name is None or name in NAMES


@pytest.mark.parametrize(
    "words",
    [["run", "speech", "--prest", "x"], ["inspekt", "x"], ["compress", "x", "--method", "y"]],
)
def test_a_misspelt_command_would_be_found(words: list[str]) -> None:
    with pytest.raises((USAGE_ERROR, AssertionError)):
        parse(words)


@pytest.mark.parametrize("words", MAKE, ids=" ".join)
def test_a_target_of_make_is_there_and_its_preset_too(words: list[str]) -> None:
    target, *variables = words
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:.*##", makefile, re.MULTILINE)
    given = dict(one.split("=", 1) for one in variables)
    if "PRESET" in given:
        name = target.replace("-", "_")
        assert (presets_folder(name) / f"{given['PRESET']}.yaml").is_file()


@pytest.mark.parametrize("words", [one for one in PYTHON if one[0] == "settings"], ids=" ".join)
def test_a_cheap_one_runs_as_printed(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    assert words[-1] in result.output
