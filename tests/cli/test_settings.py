from __future__ import annotations

import subprocess
import sys
from typing import Annotated, Literal

import pytest
from pydantic import Field

from cli.settings import SettingRow, find_settings, setting_rows
from pipelines import NAMES, get_pipeline
from shared.config import ModelConfig, RunConfig
from shared.errors import ConfigError
from tests.architecture.source_tree import REPOSITORY
from tests.contract.toy.config import ToyConfig


class _Model(ModelConfig):
    units: int = Field(8, ge=1, le=1_000_000, description="Width.")
    rate: float | None = Field(None, gt=0.0, lt=1.0, description="Speed.")
    mode: Literal["fast", "slow"] = Field("fast", description="How.")
    sizes: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (2, 3), min_length=1, description="Some."
    )
    steps: tuple[int, int, int] | None = Field(None, description="Three.")
    roles: dict[str, str] = Field({}, description="Who.")
    mark: str = Field(";", min_length=1, max_length=1, description="One.")
    code: str | None = Field(None, pattern="^[A-Z]{3}$", description="Three letters.")
    name: str = Field("", min_length=1, description="A name.")


class _Config(RunConfig):
    model: _Model = _Model()


ROWS = {row.name: row for row in setting_rows(_Config)}


@pytest.mark.parametrize(
    ("name", "kind", "bounds", "default"),
    [
        ("model.units", "int", "1 to 1000000", "8"),
        ("model.rate", "float | null", "above 0, below 1", "null"),
        ("model.mode", "fast | slow", "", '"fast"'),
        ("model.sizes", "list of int", "not empty, each at least 2", "[2, 3]"),
        ("model.steps", "list of 3 int | null", "", "null"),
        ("model.roles", "mapping of str to str", "", "{}"),
        ("model.mark", "str", "one character", '";"'),
        ("model.code", "str | null", "matching ^[A-Z]{3}$", "null"),
        ("model.name", "str", "not empty", '""'),
    ],
)
def test_type_bounds_and_default_are_said_in_words(
    name: str, kind: str, bounds: str, default: str
) -> None:
    row = ROWS[name]
    assert (row.kind, row.bounds, row.default) == (kind, bounds, default)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_of_every_pipeline_says_in_a_sentence_what_it_is_for(name: str) -> None:
    silent = [row.name for row in setting_rows(get_pipeline(name).config_type) if not row.sentence]
    assert not silent, f"no Field(description=…): {silent}"


def test_settings_of_one_family_alone_say_so_and_the_family_lists_all() -> None:
    rows = {row.name: row for row in setting_rows(ToyConfig)}
    assert rows["model.family"].kind == "convolution | dense"
    assert rows["model.family"].default == '"convolution"'
    assert rows["model.num_filters"].sentence.startswith("convolution only: ")
    assert rows["model.num_units"].sentence.startswith("dense only: ")


def test_what_the_command_line_records_is_no_setting() -> None:
    assert not {"pipeline", "preset"} & set(ROWS)


@pytest.mark.parametrize("word", ["units", "WIDTH", "model.un"])
def test_a_word_is_found_in_names_and_sentences_in_any_case(word: str) -> None:
    assert ROWS["model.units"] in find_settings(list(ROWS.values()), word)


@pytest.mark.parametrize("word", ["train.epohcs", "epohcs"])
def test_a_misspelt_setting_is_answered_with_the_closest(word: str) -> None:
    with pytest.raises(ConfigError, match=r"Did you mean train\.epochs\?"):
        find_settings(list(ROWS.values()), word)


def test_a_word_like_no_setting_is_answered_with_the_way_to_all() -> None:
    with pytest.raises(ConfigError, match="Leave the word out to see all"):
        find_settings([SettingRow("train.epochs", "int", "", "1", "Passes.")], "zzzz")


def test_the_command_prints_settings_without_loading_tensorflow() -> None:
    script = (
        "import sys\n"
        "from cli.__main__ import app\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "sys.exit('tensorflow' in sys.modules)"
    )
    finished = run_python("-c", script, "settings", "speech", "train.epochs")
    assert finished.returncode == 0, "TensorFlow was loaded"
    assert finished.stdout.startswith("train.epochs: int, 1 to 10000; default 10\n    Passes over")
    assert finished.stderr == ""


def test_a_misspelt_pipeline_ends_with_one_message_and_exit_code_2() -> None:
    finished = run_python("-m", "pipelines", "settings", "speach")
    assert finished.returncode == 2
    assert "There is no pipeline 'speach'. Did you mean speech?" in finished.stderr


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
