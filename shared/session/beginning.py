"""Beginning a run: its configuration, its stages, and `latest`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shared.session.run_folder import (
    leaving_nothing_of_mistakes,
    point_latest_to,
    require_own_folder,
)

if TYPE_CHECKING:
    from shared.cluster.cluster import Cluster
    from shared.config import RunConfig
    from shared.contract import Pipeline
    from shared.run.directory import RunDirectory
    from shared.stages.runner import StageDisplay

__all__ = ["begin_run", "configure_run"]


def configure_run(
    pipeline: Pipeline,
    presets: Path,
    *,
    preset: str | None = None,
    data: str | None = None,
    assignments: Sequence[str] = (),
    run_dir: Path | None = None,
) -> RunConfig:
    """The configuration of a run.

    That of `run_dir`, if it has one and neither preset nor source is given; else the preset's.

    Args:
        pipeline: The domain.
        presets: Folder of its presets.
        preset: Name of one, or a path that ends in .yaml; None for `default`.
        data: The source; None for that of the preset.
        assignments: `section.key=value`.
        run_dir: Where the run lives or will live.

    Raises:
        ConfigError: A setting is wrong; the message says which.
    """
    from shared.config.sources import override_config, read_config, resolve_config

    if preset is None and data is None and run_dir is not None:
        recorded = run_dir / "config.json"
        # A run of another pipeline is refused by the runner, in words.
        if recorded.exists() and _is_run_of(pipeline, run_dir):
            config = read_config(pipeline.config_type, recorded)
            return override_config(config, list(assignments))
    return resolve_config(
        pipeline.config_type, presets, preset or "default", list(assignments), data
    )


def begin_run(
    pipeline: Pipeline,
    config: RunConfig,
    directory: Path,
    *,
    stages: Sequence[str] | None = None,
    resume: bool = False,
    display: StageDisplay | None = None,
    cluster: Cluster | None = None,
) -> RunDirectory | None:
    """Run stages and let `latest` point to the run.

    Args:
        pipeline: The domain.
        config: Its configuration.
        directory: Of the run; made if it does not exist.
        stages: Names; None for all.
        resume: Skip what is up to date.
        display: Who shows progress; None for silence.
        cluster: Whom this process trains with; None for nobody.

    Returns:
        The run; None on workers but the chief.

    Raises:
        UserError: As `shared.stages.runner.run_stages`.
    """
    from shared.run.directory import RunDirectory
    from shared.stages.runner import run_stages

    require_own_folder(directory, pipeline.name)
    run = RunDirectory(directory)
    with leaving_nothing_of_mistakes(directory):
        run_stages(
            pipeline, config, run, stages=stages, resume=resume, display=display, cluster=cluster
        )
    if cluster is not None and not cluster.is_chief:
        return None
    point_latest_to(directory, pipeline.name)
    return run


def _is_run_of(pipeline: Pipeline, run_dir: Path) -> bool:
    from shared.run.directory import RunDirectory

    owner = RunDirectory(run_dir).read_json("config.json", maker="resolve").get("pipeline")
    return bool(owner == pipeline.name)
