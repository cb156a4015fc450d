"""The `predict` command: raw files that a run never saw, scored by its deployed model."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.options import FinishedRun, configure, owner, refuse_late_settings
from cli.predicting.local_shards import score_in_processes
from cli.stopping import stop_in_order
from cli.terminal import CONSOLE, AsJson, Quiet, TerminalDisplay, choose_output, print_json
from pipelines import get_pipeline
from shared.cluster.worker_process import watch_supervisor
from shared.errors import PlumblineError, UserError

if TYPE_CHECKING:
    from shared.contract import Splits
    from shared.run.context import StageContext

__all__ = ["predict"]

_STANDARD_INPUT = Path("-")

InputPath = Annotated[Path, typer.Option("--input", help="A folder, file or table of raw inputs.")]
PipedInput = Annotated[
    Path | None,
    typer.Option("--input", help="A folder, file or table of raw inputs; - for standard input."),
]
OutputPath = Annotated[Path, typer.Option("--output", help="Where to write: .csv or .parquet.")]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="SUFFIX",
        help=(
            "What --input - holds: txt (one text a line), csv, tsv, jsonl or parquet. Default: txt."
        ),
    ),
]
GoOn = Annotated[
    bool,
    typer.Option("--resume", help="Go on where an earlier call was stopped, whatever stopped it."),
]
NumWorkers = Annotated[
    int,
    typer.Option(
        "--workers", min=1, max=256, help="Processes on this machine that share the work."
    ),
]
ShardText = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="NUMBER/COUNT",
        help=(
            "Score only this part, such as 2/8, for an array of jobs; --merge puts all together."
        ),
    ),
]
Merge = Annotated[
    bool,
    typer.Option("--merge", help="Put the shards of --output together, if none is missing."),
]
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
    output_path: OutputPath,
    input_path: PipedInput = None,
    assignments: ReadingAssignments = None,
    stdin_format: Format = None,
    resume: GoOn = False,
    workers: NumWorkers = 1,
    shard: ShardText = None,
    merge: Merge = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Score raw files that the run never saw: one row per input, in their order.

    What can't be read gets an `error` instead of a crash. Until all is scored, answers are in
    OUTPUT.part, and `--resume` goes on there.
    """
    choose_output(quiet=quiet, as_json=as_json)
    watch_supervisor(os.environ)
    asked = _Asked(run_dir, input_path, output_path, tuple(assignments or ()), stdin_format)
    asked.check(workers=workers, shard=shard, merge=merge)
    context = _context(asked)
    if merge:
        _merge(context, output_path)
    else:
        _score_in_order(context, asked, workers=workers, shard=shard, resume=resume)
    if as_json:
        print_json({"output": str(output_path)})


@dataclass(frozen=True)
class _Asked:
    """What the person asked for.

    Attributes:
        run_dir: Of the run.
        input_path: None with `--merge`.
        output_path: Of the table.
        assignments: Of `--set`.
        stdin_format: A suffix.
    """

    run_dir: Path
    input_path: Path | None
    output_path: Path
    assignments: Sequence[str]
    stdin_format: str | None

    def check(self, *, workers: int, shard: str | None, merge: bool) -> None:
        """Refuse what does not go together.

        Raises:
            UserError: With what to leave out.
        """
        refuse_late_settings(self.assignments, allowed=("data",))
        if merge and (self.input_path is not None or shard is not None or workers > 1):
            raise UserError("--merge takes the run and --output alone.")
        if not merge and self.input_path is None:
            raise UserError("--input is missing: a folder, file or table; - for standard input.")
        if shard is not None and workers > 1:
            raise UserError(
                "--shard and --workers: give one of them. Several processes of one shard are"
                " several shards."
            )
        if shard is not None:
            from shared.serving.batch.shards import Shard

            Shard.parse(shard)
        if self.stdin_format is not None and self.input_path != _STANDARD_INPUT:
            raise UserError(
                f"--format {self.stdin_format} says what --input - holds; a file says it by its"
                " suffix."
            )

    def options(self) -> list[str]:
        """What was given, as it would be typed, but for how the work is shared."""
        options = [str(self.run_dir), "--input", str(self.input_path)]
        options += ["--output", str(self.output_path)]
        if self.stdin_format is not None:
            options += ["--format", self.stdin_format]
        return [*options, *(text for one in self.assignments for text in ("--set", one))]


def _score_in_order(
    context: StageContext, asked: _Asked, *, workers: int, shard: str | None, resume: bool
) -> None:
    """Score, and say how to go on if a signal comes."""
    command = [*asked.options(), *_given(workers, shard)]
    with stop_in_order(
        context.pipeline.name,
        asked.run_dir,
        has_other_workers=False,
        command=["predict", *command, "--resume"],
        kept="what was scored is kept",
    ):
        source = _kept_input(asked, resume=resume)
        output_path = asked.output_path
        if workers > 1:
            score_in_processes(command, output_path, source, num_workers=workers, resume=resume)
            _merge(context, output_path)
        else:
            _score(context, source, output_path, shard, resume=resume)
    _finished(asked, shard)


def _given(workers: int, shard: str | None) -> list[str]:
    if workers > 1:
        return ["--workers", str(workers)]
    return [] if shard is None else ["--shard", shard]


def _context(asked: _Asked) -> StageContext:
    from shared.run.context import StageContext
    from shared.run.directory import RunDirectory
    from shared.run.progress import SilentProgress

    run = RunDirectory(asked.run_dir)
    pipeline = get_pipeline(owner(run))
    config = configure(pipeline, assignments=list(asked.assignments), run_dir=asked.run_dir)
    return StageContext(pipeline, config, run, SilentProgress(), _no_splits)


def _score(
    context: StageContext, source: Path, output_path: Path, shard: str | None, *, resume: bool
) -> None:
    from shared.loading.tensorflow_startup import start_tensorflow

    start_tensorflow()  # quietly, before a module does it aloud
    from dataclasses import replace

    from shared.serving.batch.scoring import score_inputs
    from shared.serving.batch.shards import WHOLE, Shard

    part = WHOLE if shard is None else Shard.parse(shard)
    with TerminalDisplay(CONSOLE).stage("predict") as progress:
        told = replace(context, progress=progress)
        score_inputs(told, source, output_path, resume=resume, shard=part)


def _merge(context: StageContext, output_path: Path) -> None:
    from dataclasses import replace

    from shared.serving.batch.finishing import merge_shards

    with TerminalDisplay(CONSOLE).stage("merge") as progress:
        merge_shards(replace(context, progress=progress), output_path)


def _kept_input(asked: _Asked, *, resume: bool) -> Path:
    """The input; of standard input, the file in which it is kept."""
    if asked.input_path is None or asked.input_path != _STANDARD_INPUT:
        return asked.input_path or _STANDARD_INPUT
    from cli.predicting.standard_input import keep_input, kept_input

    place = kept_input(asked.output_path, asked.stdin_format)
    if not (resume and place.exists()):
        keep_input(sys.stdin.buffer, place)
    return place


def _finished(asked: _Asked, shard: str | None) -> None:
    """Remove what is no longer needed, and say where the answers are."""
    if shard is not None:
        return
    if asked.input_path == _STANDARD_INPUT:
        from cli.predicting.standard_input import kept_input

        kept_input(asked.output_path, asked.stdin_format).unlink(missing_ok=True)
    CONSOLE.print(f"Written: [bold]{escape(str(asked.output_path))}[/]", soft_wrap=True)


def _no_splits() -> Splits:
    raise PlumblineError("Batch scoring never loads the training data.")
