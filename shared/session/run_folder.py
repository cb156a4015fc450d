"""Where runs live: `runs/NAME/<run>`, and `latest` beside them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import ConfigError, UserError

if TYPE_CHECKING:
    from shared.run.directory import RunDirectory

__all__ = [
    "RUNS",
    "leaving_nothing_of_mistakes",
    "new_run_directory",
    "point_latest_to",
    "require_own_folder",
    "require_run",
]

RUNS = Path("runs")


def new_run_directory(pipeline: str, preset: str) -> Path:
    """A path of its own for a run that begins now.

    Args:
        pipeline: Its name.
        preset: Name of a preset, or the path of its file.
    """
    from shared.config.sources import preset_name

    return RUNS / pipeline / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{preset_name(preset)}"


def require_run(directory: RunDirectory) -> None:
    """Refuse a folder that holds no run.

    Raises:
        ConfigError: With the runs that there are.
    """
    if directory.has("config.json"):
        return
    known = sorted(map(str, RUNS.glob("*/latest")))
    there = f"There is {', '.join(known)}" if known else "Make one: python -m pipelines run NAME"
    raise ConfigError(f"There is no run in {directory.path} (it has no config.json). {there}")


def require_own_folder(run_dir: Path, pipeline: str) -> None:
    """Refuse, as the place of one run, a folder that holds runs.

    Raises:
        ConfigError: It is `runs`, that of the pipeline, or above them.
    """
    place = run_dir.resolve()
    if any(home.resolve().is_relative_to(place) for home in (RUNS, RUNS / pipeline)):
        raise ConfigError(
            f"{run_dir}: this is a folder for runs. Name a run in it, such as"
            f" {RUNS / pipeline / 'mine'}"
        )


@contextmanager
def leaving_nothing_of_mistakes(run_dir: Path) -> Iterator[None]:
    """Remove the folder of a run that the block began, if the user's mistake ends it before data.

    Raises:
        UserError: The mistake.
    """
    was_there = run_dir.exists()
    try:
        yield
    except UserError:
        if not was_there and not (run_dir / "data.json").exists():
            shutil.rmtree(run_dir, ignore_errors=True)
            with suppress(OSError):  # runs/NAME, if nothing else is in it
                run_dir.parent.rmdir()
        raise


def point_latest_to(directory: Path, pipeline: str) -> None:
    """`runs/NAME/latest` points to a run there that has a model; others leave it as it is.

    Replaced by renaming, so that it always points somewhere.
    """
    is_home = directory.resolve().parent == (RUNS / pipeline).resolve()
    if not is_home or not (directory / "model.keras").exists() or directory.name == "latest":
        return
    link = directory.parent / "latest"
    if link.exists() and not link.is_symlink():
        return
    temporary = directory.parent / f".latest-{os.getpid()}"
    temporary.symlink_to(directory.name)
    temporary.replace(link)
