"""The `mitigate` command: what each way of closing a gap closes, and what it costs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from cli.options import FinishedRun, configure, owner, split_names
from cli.stopping import stop_in_order
from cli.terminal import CONSOLE, TerminalDisplay, new_table
from pipelines import get_pipeline

if TYPE_CHECKING:
    from shared.run.artefacts.fairness.mitigations import MitigationRecord, WorstGroupRecord
    from shared.statistics.intervals import Estimate

__all__ = ["mitigate", "print_mitigations"]

Attribute = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="The group attribute whose gaps are to close, for example accent."
    ),
]
Methods = Annotated[
    str | None,
    typer.Option(
        help="Of reweighing, balanced_sampling, group_dro, comma-separated. Default: all."
    ),
]


def mitigate(run_dir: FinishedRun, attribute: Attribute, methods: Methods = None) -> None:
    """Train a finished run again with each mitigation, and weigh what it closes and costs.

    Each training becomes a run in RUN_DIR/mitigation/NAME; the run's own fairness tables and report
    then compare all mitigations, chosen on validation, reported on test. Given again after an
    interruption, it goes on where it was.
    """
    from cli.mitigated_trainings import METHODS, mitigate_run
    from shared.run.directory import RunDirectory

    run = RunDirectory(run_dir)
    pipeline = get_pipeline(owner(run))
    config = configure(pipeline, run_dir=run_dir)
    again = ["mitigate", str(run_dir), "--attribute", attribute]
    if methods:
        again += ["--methods", methods]
    with stop_in_order(pipeline.name, run_dir, has_other_workers=False, command=again):
        mitigations = mitigate_run(
            pipeline,
            config,
            run,
            attribute=attribute,
            methods=split_names(methods) or METHODS,
            display=TerminalDisplay(CONSOLE),
        )
    print_mitigations(CONSOLE, mitigations, attribute)
    _print_next_steps(run_dir, pipeline.name, attribute)


def print_mitigations(
    console: Console, mitigations: Sequence[MitigationRecord], attribute: str
) -> None:
    """One line a mitigation: gap, worst group and price."""
    columns = (
        "decisions",
        "needs the group",
        "#gap, val",
        "#gap, test",
        "#worst group, test",
        "#balanced accuracy, test",
    )
    table = new_table(f"Closing gaps by {escape(attribute)}", columns)
    for mitigation in mitigations:
        table.add_row(*_cells(mitigation))
    console.print(table)
    console.print(
        "Gap: equalised-odds difference. Chosen on validation: of all, and of those that need no"
        " group.",
        highlight=False,
    )


def _cells(mitigation: MitigationRecord) -> list[str]:
    strength = "" if mitigation.strength is None else f", strength {mitigation.strength:g}"
    is_chosen = mitigation.chosen or mitigation.chosen_without_group
    chosen = " [green](chosen)[/]" if is_chosen else ""
    return [
        f"{mitigation.method}{strength}{chosen}",
        "yes" if mitigation.needs_group else "no",
        _format_number(mitigation.val.equalised_odds_difference),
        _format_number(mitigation.test.equalised_odds_difference),
        _describe_worst(mitigation.test.worst_group),
        _with_interval(mitigation.test.balanced_accuracy),
    ]


def _format_number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _describe_worst(worst: WorstGroupRecord | None) -> str:
    if worst is None:
        return "–"
    return f"{worst.accuracy:.3f} ({escape(worst.group)}, n = {worst.n})"


def _with_interval(accuracy: Estimate) -> str:
    value = _format_number(accuracy.value)
    interval = accuracy.interval
    return value if interval is None else f"{value} ({interval.low:.3f} to {interval.high:.3f})"


def _print_next_steps(run_dir: Path, pipeline_name: str, attribute: str) -> None:
    from cli.mitigated_trainings import training_directory

    report = escape(str(run_dir / "report.html"))
    trained = escape(shlex.quote(str(training_directory(run_dir, attribute, "METHOD"))))
    CONSOLE.print(
        f"Next: open [bold]{report}[/], or finish a training that you prefer, to deploy it, with"
    )
    CONSOLE.print(
        f"  python -m pipelines run {pipeline_name} --run-dir {trained} --resume",
        soft_wrap=True,
        highlight=False,
    )
