"""What a notebook imports: the same configuration, errors and files as the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

import pipelines
from shared.errors import ConfigError, UserError


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_is_begun_where_the_command_begins_it(tmp_path: Path) -> None:
    run = pipelines.run("tabular", preset="smoke", stages=["resolve"], train={"epochs": 7})
    assert run.path.parent == Path("runs/tabular")
    assert run.path.name in (tmp_path / "runs/index.html").read_text(encoding="utf-8")
    assert not (tmp_path / "runs/tabular/latest").exists()  # it points to runs with a model
    again = pipelines.open_run(run.path)
    assert again.configure([]).train.epochs == 7
    assert again.configure(["explain.num_examples=1"]).explain.num_examples == 1
    assert "tabular" in repr(again)


def test_the_configuration_of_an_existing_run_is_used_again() -> None:
    first = pipelines.run(
        "tabular", preset="smoke", stages=["resolve"], run_dir="one", train={"epochs": 7}
    )
    second = pipelines.run("tabular", stages=["resolve"], run_dir="one", resume=True)
    assert first.configure([]) == second.configure([])


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("tabulr", {}, "Did you mean tabular"),
        ("tabular", {"train": {"epochs": 0}}, r"train\.epochs"),
        ("tabular", {"trian": {"epochs": 1}}, "trian"),
        ("tabular", {"data.number_columns": ["x"], "data.feature_columns": ["y"]}, "lacks"),
    ],
)
def test_a_mistake_raises_what_the_command_says_and_leaves_nothing(
    name: str, settings: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        pipelines.run(name, preset="smoke", **settings)  # type: ignore[arg-type] # any settings
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no run in"):
        pipelines.open_run(tmp_path / "nowhere")
