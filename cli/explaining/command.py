"""The `explain` command: why a finished run decides as it does, for any row or new file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.options import RUNS, FinishedRun, configure, owner, refuse_late_settings, split_names
from cli.terminal import CONSOLE, TerminalDisplay, new_table
from pipelines import get_pipeline
from shared.errors import ConfigError

if TYPE_CHECKING:
    from shared.run.artefacts.explanations.record import ExplainedExample, Explanations

__all__ = ["explain", "print_explanations"]

InputPath = Annotated[
    Path | None, typer.Option("--input", help="Raw files that the run never saw, as for predict.")
]
Ids = Annotated[str | None, typer.Option(help="Test rows by id, comma-separated.")]
Rows = Annotated[
    str | None,
    typer.Option(
        help=(
            "Test rows by rule: worst, confident_mistakes, random (the default), or"
            " group:attribute=value."
        )
    ),
]
Count = Annotated[
    int | None,
    typer.Option(min=1, help="Rows at most, with --rows. Default: explain.num_examples."),
]
Method = Annotated[
    str | None, typer.Option(help="As the setting explain.method; docs/explanations.md lists them.")
]
ClassName = Annotated[
    str | None,
    typer.Option("--class", metavar="NAME", help="Explain this class, not the decided one."),
]
Step = Annotated[
    int | None,
    typer.Option(min=1, help="Explain this step of a forecast, from 1, not the mean of all."),
]
Quantile = Annotated[
    float | None,
    typer.Option(help="Explain this quantile of a forecast, such as 0.9, not the expected value."),
]
ExplainAssignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A setting under explain or data, as explain.max_evaluations=20000. Repeatable.",
    ),
]
Output = Annotated[
    Path | None, typer.Option(help="Folder to write into. Default: runs/explain/RUN.")
]


def explain(  # one parameter an option of the command line
    run_dir: FinishedRun,
    input_path: InputPath = None,
    ids: Ids = None,
    rows: Rows = None,
    count: Count = None,
    method: Method = None,
    class_name: ClassName = None,
    step: Step = None,
    quantile: Quantile = None,
    assignments: ExplainAssignments = None,
    output: Output = None,
) -> None:
    """Explain rows of a finished run: which parts moved the answer, how surely, and is it so.

    Writes explanations.json, arrays, a chart of each row and one self-contained HTML page.
    """
    from shared.run.directory import RunDirectory
    from shared.session.explained_run import Asked, explain_run

    _require_one_source(input_path, ids, rows)
    run = RunDirectory(run_dir)
    pipeline = get_pipeline(owner(run))
    settings = [*(assignments or []), *([f"explain.method={method}"] if method else [])]
    refuse_late_settings(settings, allowed=("explain", "data"))
    config = configure(pipeline, assignments=settings, run_dir=run_dir)
    folder = output or RUNS / "explain" / run_dir.resolve().name
    asked = Asked(input_path, split_names(ids), rows or "random", count, class_name, step, quantile)
    with TerminalDisplay(CONSOLE).stage("explain") as progress:
        record = explain_run(pipeline, config, run, asked, progress=progress, output=folder)
    print_explanations(record)
    CONSOLE.print(f"Written: [bold]{escape(str(folder / 'explanations.html'))}[/]", soft_wrap=True)


def print_explanations(record: Explanations) -> None:
    """One line a row: its answer, and whether its explanation can be read."""
    methods = ", ".join(sorted({example.method for example in record.examples}))
    columns = ("row", "explained", "#answer", "#without all", "settled")
    table = new_table(f"{len(record.examples)} rows explained, {methods}", columns)
    for example in record.examples:
        table.add_row(*(escape(cell) for cell in _cells(example)))
    CONSOLE.print(table)
    for row in record.unexplained:
        CONSOLE.print(f"Not explained: {escape(row.id)}: {escape(row.reason)}", soft_wrap=True)


def _cells(example: ExplainedExample) -> Sequence[str]:
    answers = (example.score, example.score_none)
    if example.probability is not None and example.probability_none is not None:
        answers = (example.probability, example.probability_none)
    return (
        example.id,
        example.explained,
        *(f"{answer:.3g}" for answer in answers),
        "yes" if example.settled else "not settled",
    )


def _require_one_source(input_path: Path | None, ids: str | None, rows: str | None) -> None:
    given = {"--input": input_path, "--ids": ids, "--rows": rows}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise ConfigError(f"{' and '.join(named)} name different rows: give one of them.")
