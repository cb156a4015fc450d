"""The command line: `python -m pipelines`. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.options import Assignments, Data, FinishedRun, Name, Preset, Resume, RunDir, Stages
from cli.runs import RUNS, configure, new_run_directory, owner, point_latest_to
from cli.settings import list_settings
from cli.stopping import exit_code_of_stop, stop_in_order
from pipelines import NAMES, folder_name, get_pipeline, presets_folder
from shared.cluster.discovery import find_cluster
from shared.cluster.worker_process import PORT_TAKEN_EXIT_CODE, end_process, watch_supervisor
from shared.errors import (
    ConfigError,
    PlumblineError,
    PortTakenError,
    StoppedError,
    UserError,
    WorkerError,
)

if TYPE_CHECKING:
    from cli.terminal import Headline
    from shared.cluster.cluster import Cluster
    from shared.config import RunConfig
    from shared.contract import Pipeline

__all__ = ["app", "main"]

app = typer.Typer(
    name="pipelines",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help=(
        "From raw data to a served model, with the evidence that it can be trusted.\n\n"
        "Start with `demo` (bundled synthetic data, a few minutes), then `run NAME --data PATH`."
    ),
)
_console = Console()
_complaints = Console(stderr=True)


@app.command("list")
def list_pipelines() -> None:
    """Show the pipelines and their presets."""
    table = Table("pipeline", "presets")
    for name in NAMES:
        table.add_row(
            name, ", ".join(sorted(path.stem for path in presets_folder(name).glob("*.yaml")))
        )
    _console.print(table)
    _console.print(
        "Next: [bold]python -m pipelines run NAME[/], or [bold]run NAME --data PATH --preset"
        " PRESET[/] for your own files."
    )


app.command("settings")(list_settings)


@app.command()
def run(
    name: Name,
    preset: Preset = None,
    data: Data = None,
    assignments: Assignments = None,
    stages: Stages = None,
    run_dir: RunDir = None,
    resume: Resume = False,
) -> None:
    """Run a pipeline: data, train, predict, calibrate, evaluate, fairness, explain, export, report.

    With `--run-dir` of an existing run and neither `--preset` nor `--data`, its own configuration
    is used again.

    Started several times as the workers of one cluster (TF_CONFIG, Kubernetes, Slurm:
    docs/clusters.md), all train together; worker 0 does the other stages.
    """
    watch_supervisor(os.environ)
    cluster = find_cluster(os.environ)
    if cluster is not None and cluster.num_workers > 1 and run_dir is None:
        raise ConfigError(
            f"{cluster.num_workers} workers train together ({cluster.origin}): give all of them the"
            " same --run-dir."
        )
    pipeline = get_pipeline(name)
    config = configure(pipeline, preset=preset, data=data, assignments=assignments, run_dir=run_dir)
    directory = run_dir or new_run_directory(pipeline.name, config.preset)
    with stop_in_order(
        name, directory, has_other_workers=cluster is not None and cluster.num_workers > 1
    ):
        headline = _execute(
            pipeline, config, directory, _split(stages), resume=resume, cluster=cluster
        )
    if headline is not None:
        from cli.terminal import print_headlines

        print_headlines(_console, [headline])
        _console.print(
            f"Next: open [bold]{escape(str(headline.report))}[/], or score your own files with"
        )
        _console.print(
            f"  python -m pipelines predict {escape(str(directory))} --input PATH --output"
            " predictions.csv",
            soft_wrap=True,
        )


@app.command()
def launch(
    name: Name,
    workers: Annotated[int, typer.Option(min=1, max=1000, help="Processes that train together.")],
    devices_per_worker: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=(
                "GPUs of each worker; without GPUs, logical CPU devices. Default: its share of the"
                " GPUs, or 1."
            ),
        ),
    ] = None,
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
    from cli.launching import Launch, launch_cluster, options_of_run

    name = folder_name(name)
    if resume and run_dir is None:
        raise ConfigError("--resume goes on with a run that exists: say which with --run-dir.")
    directory = run_dir or new_run_directory(name, preset or "default")
    options = options_of_run(preset=preset, data=data, assignments=assignments or [], stages=stages)
    sys.exit(
        launch_cluster(
            Launch(name, options, directory, resume, workers, devices_per_worker),
            _console,
        )
    )


@app.command()
def demo(preset: Preset = None) -> None:
    """Run all pipelines on their bundled synthetic data; what is up to date is kept."""
    from cli.terminal import print_headlines

    headlines = []
    for name in NAMES:
        pipeline = get_pipeline(name)
        config = configure(pipeline, preset=preset, data="demo")
        headline = _execute(
            pipeline, config, RUNS / name / f"demo-{config.preset}", None, resume=True
        )
        headlines += [headline] if headline is not None else []
    print_headlines(_console, headlines)
    _console.print(
        "All data above is synthetic. Next: [bold]make help[/], or your own files: make sentiment"
        " DATA=reviews.csv"
    )


@app.command()
def predict(
    run_dir: FinishedRun,
    input_path: Annotated[
        Path, typer.Option("--input", help="A folder, file or table of raw inputs.")
    ],
    output_path: Annotated[
        Path, typer.Option("--output", help="Where to write: .csv or .parquet.")
    ],
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="How inputs are read, as data.encoding=cp1252. Repeatable.",
        ),
    ] = None,
) -> None:
    """Score raw files that the run never saw: one row per input.

    What can't be read gets an `error` instead of a crash.
    """
    from cli.scoring import require_reading_only, score_files
    from cli.terminal import TerminalDisplay
    from shared.run.directory import RunDirectory

    run_directory = RunDirectory(run_dir)
    pipeline = get_pipeline(owner(run_directory))
    require_reading_only(assignments or [])
    config = configure(pipeline, assignments=assignments, run_dir=run_dir)
    score_files(
        pipeline,
        config,
        run_directory,
        input_path=input_path,
        output_path=output_path,
        display=TerminalDisplay(_console),
    )
    _console.print(f"Written: [bold]{escape(str(output_path))}[/]", soft_wrap=True)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="A finished run.", metavar="RUN_A")],
    second: Annotated[
        Path, typer.Argument(help="Another run with the same test rows.", metavar="RUN_B")
    ],
    output: Annotated[
        Path | None, typer.Option(help="Also write the numbers: a .json file.")
    ] = None,
) -> None:
    """Compare two runs on the same test rows.

    Every metric with its difference, interval and paired test.
    """
    from cli.comparing import print_comparison
    from shared.evaluation.comparison import compare_runs
    from shared.run.directory import RunDirectory
    from shared.statistics.bootstrap import Resampling
    from shared.statistics.streams import Stream

    directories = RunDirectory(first), RunDirectory(second)
    config = configure(get_pipeline(owner(directories[0])), run_dir=first)
    owner(directories[1])
    settings = config.evaluate
    found = compare_runs(
        *directories,
        Resampling(settings.resamples, settings.confidence, (config.train.seed, Stream.COMPARISON)),
    )
    print_comparison(_console, found)
    if output is not None:
        RunDirectory(output.parent).write_json(output.name, found)
        _console.print(f"Written: [bold]{escape(str(output))}[/]", soft_wrap=True)


@app.command()
def mitigate(
    run_dir: FinishedRun,
    attribute: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The group attribute whose gaps are to close, for example accent."
        ),
    ],
    methods: Annotated[
        str | None,
        typer.Option(
            help="Of reweighing, balanced_sampling, group_dro, comma-separated. Default: all."
        ),
    ] = None,
) -> None:
    """Train a finished run again, once for each way of closing gaps between groups, and weigh what each closes and costs.

    Each training becomes a run in RUN_DIR/mitigation/NAME; the run's own fairness tables and report
    then compare all mitigations, chosen on validation, reported on test. Given again after an
    interruption, it goes on where it was.
    """
    from cli.mitigating import METHODS, mitigate_run, print_mitigations, training_directory
    from cli.terminal import TerminalDisplay
    from shared.run.directory import RunDirectory

    run_directory = RunDirectory(run_dir)
    pipeline = get_pipeline(owner(run_directory))
    config, chosen, display = (
        configure(pipeline, run_dir=run_dir),
        _split(methods) or METHODS,
        TerminalDisplay(_console),
    )
    again = [
        "mitigate",
        str(run_dir),
        "--attribute",
        attribute,
        *(["--methods", methods] if methods else []),
    ]
    with stop_in_order(pipeline.name, run_dir, has_other_workers=False, command=again):
        mitigations = mitigate_run(
            pipeline,
            config,
            run_directory,
            attribute=attribute,
            methods=chosen,
            display=display,
            console=_console,
        )
    print_mitigations(_console, mitigations, attribute)
    trained = escape(str(training_directory(run_dir, attribute, "METHOD")))
    _console.print(
        f"Next: open [bold]{escape(str(run_dir / 'report.html'))}[/], or finish a training that you"
        " prefer, to deploy it, with"
    )
    _console.print(
        f"  python -m pipelines run {pipeline.name} --run-dir '{trained}' --resume",
        soft_wrap=True,
        highlight=False,
    )


@app.command()
def inspect(
    source: Annotated[
        str, typer.Argument(help="A folder, a table, 'tfds:DATASET', or 'demo'.", metavar="SOURCE")
    ],
    name: Annotated[
        str | None,
        typer.Option("--pipeline", metavar="NAME", help="Default: told from the source."),
    ] = None,
    preset: Preset = None,
    assignments: Assignments = None,
    output: Annotated[
        Path | None, typer.Option(help="Where to write. Default: runs/inspect/<source>.")
    ] = None,
) -> None:
    """Look at data without training.

    Write and show its datasheet (balance, groups, duplicates, shift, leaks).
    """
    from cli.inspection import guess_pipeline, inspect_source, print_datasheet, write_datasheet
    from cli.terminal import TerminalDisplay

    if name is None:
        name, reason = guess_pipeline(Path(source))
        _console.print(
            f"Read as [bold]{name}[/], since {escape(reason)}; choose another with --pipeline"
            " NAME.",
            soft_wrap=True,
        )
    pipeline = get_pipeline(name)
    config = configure(pipeline, preset=preset, data=source, assignments=assignments)
    with TerminalDisplay(_console).stage("inspect") as progress:
        datasheet = inspect_source(pipeline, config, progress)
    folder = output or RUNS / "inspect" / Path(source.replace(":", "-")).resolve().name
    write_datasheet(datasheet, folder, title=pipeline.title)
    print_datasheet(_console, datasheet)
    _console.print(f"Written: [bold]{escape(str(folder / 'datasheet.html'))}[/]", soft_wrap=True)


@app.command()
def report(run_dir: FinishedRun) -> None:
    """Make a run's report.html again from its files."""
    from shared.run.directory import RunDirectory

    pipeline = get_pipeline(owner(RunDirectory(run_dir)))
    _execute(pipeline, configure(pipeline, run_dir=run_dir), run_dir, ["report"], resume=False)
    _console.print(f"Written: [bold]{escape(str(run_dir / 'report.html'))}[/]", soft_wrap=True)


def main() -> None:
    """Run the command line; the user's mistakes end with one message and exit code 2."""
    try:
        app()
        exit_code = 0
    except SystemExit as error:
        exit_code = int(error.code or 0)
    except UserError as error:
        exit_code = _complain("Error", error, 2)
    except PortTakenError as error:
        exit_code = _complain("Error", error, PORT_TAKEN_EXIT_CODE)
    except WorkerError as error:
        exit_code = _complain("Error", error, 1)
    except StoppedError as error:
        _console.print(escape(str(error)), soft_wrap=True, highlight=False)
        exit_code = exit_code_of_stop(error)
    except PlumblineError as error:
        exit_code = _complain("This is a fault of ours", error, 1)
    except KeyboardInterrupt:
        _complaints.print("Stopped. What was finished is kept; go on with --resume.")
        exit_code = 130
    end_process(exit_code)


def _complain(kind: str, error: PlumblineError, exit_code: int) -> int:
    _complaints.print(f"[bold red]{kind}:[/] {escape(str(error))}", soft_wrap=True)
    return exit_code


def _execute(
    pipeline: Pipeline,
    config: RunConfig,
    directory: Path,
    stages: list[str] | None,
    *,
    resume: bool,
    cluster: Cluster | None = None,
) -> Headline | None:
    from cli.terminal import Headline, TerminalDisplay
    from shared.run.directory import RunDirectory
    from shared.stages.runner import run_stages

    started = time.perf_counter()
    _console.print(
        f"[bold]{pipeline.title}[/]  {escape(config.data.source)}  →  {escape(str(directory))}",
        highlight=False,
        soft_wrap=True,
    )
    run_directory = RunDirectory(directory)
    run_stages(
        pipeline,
        config,
        run_directory,
        stages=stages,
        resume=resume,
        display=TerminalDisplay(_console),
        cluster=cluster,
    )
    if cluster is not None and not cluster.is_chief:
        return None
    if directory.name != "latest":
        point_latest_to(directory)
    if not (run_directory.has("metrics.json") and run_directory.has("report.html")):
        return None
    metrics = run_directory.read_json("metrics.json", maker="evaluate")
    cost = run_directory.read_json("train.json", maker="train")
    return Headline(
        pipeline.title, metrics, cost, time.perf_counter() - started, directory / "report.html"
    )


def _split(stages: str | None) -> list[str] | None:
    return [stage.strip() for stage in stages.split(",")] if stages else None


if __name__ == "__main__":
    main()
