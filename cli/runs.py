"""Where runs live, whose they are, and with which configuration they go on."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import NAMES, presets_folder
from shared.errors import ConfigError

if TYPE_CHECKING:
    from shared.config import RunConfig
    from shared.contract import Pipeline
    from shared.run.directory import RunDirectory

__all__ = ["RUNS", "configure", "new_run_directory", "owner", "point_latest_to"]

RUNS = Path("runs")


def new_run_directory(pipeline: str, preset: str) -> Path:
    """A path of its own for a run that begins now."""
    return RUNS / pipeline / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{preset}"


def owner(directory: RunDirectory) -> str:
    """The name of the pipeline that a run is of.

    Raises:
        ConfigError: It is none of ours.
    """
    name = directory.read_json("config.json", maker="resolve").get("pipeline")
    if name not in NAMES:
        raise ConfigError(
            f"{directory.path / 'config.json'} names the pipeline {name!r}, which is none of"
            f" {', '.join(NAMES)}."
        )
    return str(name)


def configure(
    pipeline: Pipeline,
    *,
    preset: str | None = None,
    data: str | None = None,
    assignments: list[str] | None = None,
    run_dir: Path | None = None,
) -> RunConfig:
    """The configuration of a run.

    That of `run_dir`, if it has one and neither preset nor source is given; else the preset's.

    Raises:
        ConfigError: A setting is wrong; the message says which.
    """
    from shared.config.sources import override_config, read_config, resolve_config

    if (
        run_dir is not None
        and (run_dir / "config.json").exists()
        and preset is None
        and data is None
    ):
        from shared.run.directory import RunDirectory

        if (
            owner(RunDirectory(run_dir)) == pipeline.name
        ):  # a foreign run is refused by the runner, in words
            return override_config(
                read_config(pipeline.config_type, run_dir / "config.json"), assignments or []
            )
    return resolve_config(
        pipeline.config_type,
        presets_folder(pipeline.name),
        preset or "default",
        assignments or [],
        data,
    )


def point_latest_to(directory: Path) -> None:
    """`latest` beside the run points to it.

    Replaced by renaming, so that it always points somewhere.
    """
    link = directory.parent / "latest"
    if link.exists() and not link.is_symlink():
        return
    temporary = directory.parent / f".latest-{os.getpid()}"
    temporary.symlink_to(directory.name)
    temporary.replace(link)
