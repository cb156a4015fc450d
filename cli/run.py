"""The commands that run stages: `run` and `launch`."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.beside.index import refresh_index
from cli.options import (
    Assignments,
    Data,
    Name,
    Preset,
    Resume,
    RunDir,
    Stages,
    configure,
    new_run_directory,
    split_names,
)
from cli.reporting.summary import RunSummary, print_summaries, summary_fields
from cli.stopping import stop_in_order
from cli.terminal import CONSOLE, AsJson, Quiet, TerminalDisplay, choose_output, print_json
from pipelines import folder_name, get_pipeline
from shared.cluster.discovery import find_cluster
from shared.cluster.worker_process import watch_supervisor
from shared.errors import ConfigError

if TYPE_CHECKING:
    from shared.cluster.cluster import Cluster
    from shared.config import RunConfig
    from shared.contract import Pipeline
    from shared.run.directory import RunDirectory

__all__ = ["execute", "launch", "run", "sum_up"]

Workers = Annotated[int, typer.Option(min=1, max=1000, help="Processes that train together.")]
DevicesPerWorker = Annotated[
    int | None,
    typer.Option(
        min=1,
        help=(
            "GPUs of each worker; without GPUs, logical CPU devices. Default: its share of the"
            " GPUs, or 1."
        ),
    ),
]


def run(
    name: Name,
    preset: Preset = None,
    data: Data = None,
    assignments: Assignments = None,
    stages: Stages = None,
    run_dir: RunDir = None,
    resume: Resume = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Run a pipeline: data, train, predict, calibrate, evaluate, fairness, explain, export, report.

    With `--run-dir` of an existing run and neither `--preset` nor `--data`, its own configuration
    is used again.

    Started several times as the workers of one cluster (TF_CONFIG, Kubernetes, Slurm:
    deploy/README.md), all train together; worker 0 does the other stages.
    """
    choose_output(quiet=quiet, as_json=as_json)
    watch_supervisor(os.environ)
    cluster = find_cluster(os.environ)
    has_other_workers = _has_other_workers(cluster, run_dir)
    pipeline = get_pipeline(name)
    config = configure(pipeline, preset=preset, data=data, assignments=assignments, run_dir=run_dir)
    directory = run_dir or new_run_directory(pipeline.name, config.preset)
    chosen = split_names(stages)
    if chosen is None and not has_other_workers:
        _announce_cost(pipeline.name, config)
    with stop_in_order(name, directory, has_other_workers=has_other_workers):
        summary = execute(
            pipeline, config, directory, stages=chosen, resume=resume, cluster=cluster
        )
    if summary is not None:
        print_summaries(CONSOLE, [summary])
        _print_next_steps(summary.report, directory)
    if as_json:
        print_json({"run": str(directory)} if summary is None else summary_fields(summary))


def _announce_cost(name: str, config: RunConfig) -> None:
    from cli.estimating.shown import announce_cost

    announce_cost(CONSOLE, name, config)


def _has_other_workers(cluster: Cluster | None, run_dir: Path | None) -> bool:
    if cluster is None or cluster.num_workers == 1:
        return False
    if run_dir is None:
        raise ConfigError(
            f"{cluster.num_workers} workers train together ({cluster.origin}): give all of them the"
            " same --run-dir."
        )
    return True


def launch(
    name: Name,
    workers: Workers,
    devices_per_worker: DevicesPerWorker = None,
    preset: Preset = None,
    data: Data = None,
    assignments: Assignments = None,
    stages: Stages = None,
    run_dir: RunDir = None,
    resume: Resume = False,
) -> None:
    """Run a pipeline on several workers of this machine that train together.

    `run`, once per worker.

    The chief's progress is shown; each worker has its log in RUN_DIR/logs. If one fails, all are
    stopped.
    """
    from cli.local_cluster import Launch, launch_cluster, options_of_run

    name = folder_name(name)
    if resume and run_dir is None:
        raise ConfigError("--resume goes on with a run that exists: say which with --run-dir.")
    plan = Launch(
        name=name,
        options=options_of_run(
            preset=preset, data=data, assignments=assignments or [], stages=stages
        ),
        run_dir=run_dir or new_run_directory(name, preset or "default"),
        resume=resume,
        num_workers=workers,
        devices_per_worker=devices_per_worker,
    )
    sys.exit(launch_cluster(plan, CONSOLE))


def execute(
    pipeline: Pipeline,
    config: RunConfig,
    directory: Path,
    *,
    stages: Sequence[str] | None = None,
    resume: bool = False,
    cluster: Cluster | None = None,
) -> RunSummary | None:
    """Run stages; the summary of the run if it is complete, None on workers but the chief."""
    from shared.session.beginning import begin_run

    started = time.perf_counter()
    CONSOLE.print(
        f"[bold]{pipeline.title}[/]  {escape(config.data.source)}  →  {escape(str(directory))}",
        highlight=False,
        soft_wrap=True,
    )
    display = TerminalDisplay(CONSOLE)
    run = begin_run(
        pipeline, config, directory, stages=stages, resume=resume, display=display, cluster=cluster
    )
    if run is None:
        return None
    refresh_index(directory)
    return sum_up(run, pipeline.title, time.perf_counter() - started)


def sum_up(run: RunDirectory, title: str, seconds: float) -> RunSummary | None:
    """The run's line of the summary; None if it is not complete.

    Args:
        run: It.
        title: Of its pipeline.
        seconds: That it took.
    """
    from shared.run.artefacts.metrics.metrics_file import Metrics
    from shared.run.artefacts.report.record import ReportRecord
    from shared.run.artefacts.train_file import TrainRecord
    from shared.run.files import REPORT

    if not (run.has(Metrics.file) and run.has(ReportRecord.file)):
        return None
    cost = TrainRecord.read(run)
    brief = ReportRecord.read(run).brief
    return RunSummary(title, Metrics.read(run), cost, seconds, run / REPORT, brief)


def _print_next_steps(report: Path, directory: Path) -> None:
    CONSOLE.print(f"Next: open [bold]{escape(str(report))}[/], or score your own files with")
    CONSOLE.print(
        f"  python -m pipelines predict {escape(shlex.quote(str(directory)))} --input PATH --output"
        " predictions.csv",
        soft_wrap=True,
    )
