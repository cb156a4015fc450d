"""The `predict` command: raw files that a run never saw, scored by its deployed model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.options import FinishedRun, configure, owner, refuse_late_settings
from cli.terminal import CONSOLE, AsJson, Quiet, TerminalDisplay, choose_output, print_json
from pipelines import get_pipeline
from shared.errors import PlumblineError

if TYPE_CHECKING:
    from shared.contract import Splits
    from shared.run.context import StageContext

__all__ = ["predict"]

InputPath = Annotated[Path, typer.Option("--input", help="A folder, file or table of raw inputs.")]
OutputPath = Annotated[Path, typer.Option("--output", help="Where to write: .csv or .parquet.")]
ReadingAssignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="How inputs are read, as data.encoding=cp1252. Repeatable.",
    ),
]


def predict(
    run_dir: FinishedRun,
    input_path: InputPath,
    output_path: OutputPath,
    assignments: ReadingAssignments = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Score raw files that the run never saw: one row per input.

    What can't be read gets an `error` instead of a crash.
    """
    from shared.run.context import StageContext
    from shared.run.directory import RunDirectory

    choose_output(quiet=quiet, as_json=as_json)
    run = RunDirectory(run_dir)
    pipeline = get_pipeline(owner(run))
    refuse_late_settings(assignments or [], allowed=("data",))
    config = configure(pipeline, assignments=assignments, run_dir=run_dir)
    with TerminalDisplay(CONSOLE).stage("predict") as progress:
        _score(StageContext(pipeline, config, run, progress, _no_splits), input_path, output_path)
    CONSOLE.print(f"Written: [bold]{escape(str(output_path))}[/]", soft_wrap=True)
    if as_json:
        print_json({"output": str(output_path)})


def _score(context: StageContext, input_path: Path, output_path: Path) -> None:
    from shared.loading.tensorflow_startup import start_tensorflow

    start_tensorflow()  # quietly, before a module does it aloud
    from shared.serving.batch_scoring import score_inputs

    score_inputs(context, input_path, output_path)


def _no_splits() -> Splits:
    raise PlumblineError("Batch scoring never loads the training data.")
