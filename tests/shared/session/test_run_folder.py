from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import owner
from shared.errors import ConfigError, DataError
from shared.run.directory import RunDirectory
from shared.session.run_folder import (
    leaving_nothing_of_mistakes,
    new_run_directory,
    point_latest_to,
    require_own_folder,
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(place: str, *, model: bool = True) -> Path:
    path = Path(place)
    path.mkdir(parents=True)
    (path / "config.json").write_text('{"pipeline": "speech"}')
    if model:
        (path / "model.keras").touch()
    return path


def test_latest_points_to_the_newest_run_that_has_a_model() -> None:
    point_latest_to(_run("runs/speech/one"), "speech")
    point_latest_to(_run("runs/speech/two", model=False), "speech")
    assert Path("runs/speech/latest").readlink() == Path("one")
    point_latest_to(_run("runs/speech/three"), "speech")
    assert Path("runs/speech/latest").readlink() == Path("three")


@pytest.mark.parametrize(
    "place", ["mine", "runs/mine", "runs/sentiment/mine", "elsewhere/speech/a"]
)
def test_latest_is_never_written_elsewhere(place: str) -> None:
    point_latest_to(_run(place), "speech")
    assert not list(Path().rglob("latest"))


@pytest.mark.parametrize("place", ["runs", "runs/speech", ".", "runs/../runs"])
def test_a_folder_of_runs_is_no_place_for_one(place: str) -> None:
    with pytest.raises(ConfigError, match="this is a folder for runs"):
        require_own_folder(Path(place), "speech")
    require_own_folder(Path("runs/speech/mine"), "speech")


def test_a_mistake_leaves_no_folder() -> None:
    run_dir = Path("runs/speech/new")
    with pytest.raises(DataError), leaving_nothing_of_mistakes(run_dir):
        _run(str(run_dir), model=False)
        raise DataError("no such file")
    assert not Path("runs/speech").exists()


@pytest.mark.parametrize("has_data", [True, False])
def test_what_was_there_or_read_is_kept(has_data: bool) -> None:
    run_dir = Path("runs/speech/kept")
    if not has_data:
        _run(str(run_dir))
    with pytest.raises(DataError), leaving_nothing_of_mistakes(run_dir):
        if has_data:
            (_run(str(run_dir)) / "data.json").touch()
        raise DataError("too few rows")
    assert (run_dir / "config.json").exists()


def test_a_mistyped_path_says_which_runs_there_are() -> None:
    nope = RunDirectory(Path("nope"))
    with pytest.raises(
        ConfigError, match=r"There is no run in nope .*python -m pipelines run NAME"
    ):
        owner(nope)
    point_latest_to(_run("runs/speech/one"), "speech")
    with pytest.raises(ConfigError, match="There is runs/speech/latest"):
        owner(nope)


def test_new_directories_are_named_by_time_and_preset() -> None:
    assert new_run_directory("speech", "smoke").match("runs/speech/????????-??????-smoke")
    assert new_run_directory("speech", "own/fast.yaml").match("runs/speech/????????-??????-fast")
