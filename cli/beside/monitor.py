"""The `monitor` command: a new batch beside the data that the model was tested on."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.options import FinishedRun, configure, owner, refuse_late_settings
from cli.predicting.command import InputPath, ReadingAssignments
from cli.terminal import CONSOLE, TerminalDisplay, new_table
from pipelines import get_pipeline
from shared.formatting import state_p_value

if TYPE_CHECKING:
    from shared.config import RunConfig
    from shared.contract import Pipeline
    from shared.run.artefacts.monitoring.record import MonitorRecord
    from shared.run.directory import RunDirectory

__all__ = ["ALARM_EXIT_CODE", "monitor", "print_monitored", "say_as_json"]

ALARM_EXIT_CODE = 3
"""Of cron's jobs: 0 no alarm, 2 a mistake of the user's, 3 an alarm."""
_MOST_SHOWN = 8
_MOST_REASONS = 4

Labels = Annotated[
    Path | None,
    typer.Option(
        help="A table with id and what is known: label, entity, groups. Default: NEW, if a table.",
        metavar="TABLE",
    ),
]
State = Annotated[
    Path | None,
    typer.Option(help="Folder that remembers earlier batches: for daily looks.", metavar="DIR"),
]
Page = Annotated[
    Path, typer.Option("--output", "-o", help="The page; its numbers stand beside it as .json.")
]


def monitor(
    run_dir: FinishedRun,
    input_path: InputPath,
    labels: Labels = None,
    output: Page = Path("monitor.html"),
    state: State = None,
    assignments: ReadingAssignments = None,
) -> None:
    """Compare a new batch with a run's test split: drift, and performance where labels are known.

    Exit code 0: no alarm; 3: alarm. The last line is JSON, for alerting.
    """
    from shared.errors import UserError
    from shared.reporting.beside.monitor_page import render_monitor
    from shared.run.directory import RunDirectory

    if output.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"--output {output}: expected a file ending in .html.")
    run = RunDirectory(run_dir)
    pipeline = get_pipeline(owner(run))
    refuse_late_settings(assignments or [], allowed=("data",))
    config = configure(pipeline, assignments=assignments, run_dir=run_dir)
    record = _look(pipeline, config, run, input_path, labels, state)
    folder = RunDirectory(output.parent)
    folder.write_text(output.name, render_monitor(record))
    folder.write_json(output.with_suffix(".json").name, record.model_dump(mode="json"))
    print_monitored(record)
    CONSOLE.print(f"Written: [bold]{escape(shlex.quote(str(output)))}[/]", soft_wrap=True)
    typer.echo(say_as_json(record))
    if record.alarm:
        raise typer.Exit(ALARM_EXIT_CODE)


def print_monitored(record: MonitorRecord) -> None:
    """The strongest findings, then the verdict."""
    title = (
        f"{record.batch.n:,} new rows against {record.reference.n:,} test rows, one of each entity"
    )
    table = new_table(title, ("column", "about", "#effect", "#adjusted (Holm)", ""))
    for test in record.tests[:_MOST_SHOWN]:
        table.add_row(
            escape(test.column),
            test.family,
            "–" if test.effect is None else f"{test.effect:.3f}",
            "–" if test.p_adjusted is None else state_p_value(test.p_adjusted),
            "drifted" if test.drifted else "",
        )
    CONSOLE.print(table)
    for note in record.notes:
        CONSOLE.print(escape(note), highlight=False)
    if record.alarm:
        named = "; ".join(record.reasons[:_MOST_REASONS])
        further = len(record.reasons) - _MOST_REASONS
        more = f"; and {further} more" if further > 0 else ""
        CONSOLE.print(f"[bold red]Alarm:[/] {escape(named)}{more}", highlight=False)
    else:
        CONSOLE.print("[green]No alarm.[/]")


def say_as_json(record: MonitorRecord) -> str:
    """One line for alerting: ASCII, so that no terminal changes it."""
    said = record.model_dump(mode="json", include={"alarm", "reasons", "run", "made_at"})
    said |= {"input": record.batch.source, "n": record.batch.n}
    said["num_errors"] = record.batch.num_errors
    said["classifier_auc"] = None if record.classifier is None else record.classifier.auc
    said["expected"] = {one.name: one.new.value for one in record.expected}
    said["outcomes"] = {one.name: one.new.value for one in record.outcomes}
    return json.dumps(said, sort_keys=True)


def _look(
    pipeline: Pipeline,
    config: RunConfig,
    run: RunDirectory,
    input_path: Path,
    labels: Path | None,
    state: Path | None,
) -> MonitorRecord:
    from shared.loading.tensorflow_startup import start_tensorflow
    from shared.run.context import StageContext
    from shared.stages.runner import checked_splits

    with TerminalDisplay(CONSOLE).stage("monitor") as progress:
        start_tensorflow()  # quietly, before a module does it aloud
        from shared.monitoring.monitor import monitor_batch

        splits = checked_splits(pipeline, config, run)
        context = StageContext(pipeline, config, run, progress, splits)
        return monitor_batch(context, input_path, labels=labels, state=state)
