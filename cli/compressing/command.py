"""The `compress` command: a smaller form of a run's model, and who pays for it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from cli.options import FinishedRun, configure, owner
from cli.terminal import CONSOLE, TerminalDisplay, new_table
from pipelines import get_pipeline
from shared.errors import CompressionRefusedError, ConfigError

if TYPE_CHECKING:
    from shared.compression.compress import Compressed
    from shared.run.context import StageContext
    from shared.run.directory import RunDirectory

__all__ = ["PAGE", "REFUSED_EXIT_CODE", "compress", "print_compressed"]

REFUSED_EXIT_CODE = 3
PAGE = "compression.html"

Method = Annotated[
    Literal["float16", "int8", "prune", "distil"],
    typer.Option(
        help="float16 or int8 weights, pruned weights, or a smaller network that learns from the"
        " run (distil)."
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        help="Where its files go. Default: RUN_DIR/compressed/METHOD.",
    ),
]
Student = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="With distil: what the student is, for example model.family=crnn. Repeatable.",
    ),
]


def compress(
    run_dir: FinishedRun, method: Method, output: Output = None, assignments: Student = None
) -> None:
    """Make a finished run's model smaller, and measure what that costs and whom.

    Size, latency, every metric and every group beside the full model's, on the same test rows. Exit
    code 3: no form of it answers as it must, and nothing was written.
    """
    from shared.run.directory import RunDirectory

    folder = output or run_dir / "compressed" / method
    _require_ours(folder)
    run = RunDirectory(run_dir)
    owner(run)
    if method == "distil":
        from cli.compressing.distilled import distil_run

        compressed = distil_run(run, folder, assignments or [], TerminalDisplay(CONSOLE))
    elif assignments:
        raise ConfigError(
            f"{assignments[0]}: only --method distil trains a student, which settings are about."
        )
    else:
        compressed = _compress(run, method, folder)
    print_compressed(compressed)
    CONSOLE.print(f"Written: [bold]{_quoted(folder / PAGE)}[/]", soft_wrap=True)


def print_compressed(compressed: Compressed) -> None:
    """Sizes and times, the verdicts, and the groups that surely pay."""
    record = compressed.record
    table = new_table("What it saves", ("form", "#file, bytes", "#weights", "#zipped"))
    for size in record.sizes:
        numbers = (size.file_bytes, size.weights_bytes, size.zipped_weights_bytes)
        table.add_row(escape(size.name), *(f"{number:,}" for number in numbers))
    CONSOLE.print(table)
    times = compressed.times
    for one in times.models:
        CONSOLE.print(
            f"{one.name}: {one.p50_ms:.3g} ms a row (p95 {one.p95_ms:.3g} ms), {times.scope}",
            highlight=False,
        )
    for note in record.notes:
        CONSOLE.print(escape(note), highlight=False)
    for found in record.comparisons:
        verdict = found.verdict
        said = f"{verdict.answer} ({verdict.detail})"
        CONSOLE.print(
            f"[bold]{escape(verdict.question)}[/] {escape(said)}", highlight=False, soft_wrap=True
        )


def _compress(
    run: RunDirectory, method: Literal["float16", "int8", "prune"], folder: Path
) -> Compressed:
    """All files at once: a form that is refused leaves nothing behind."""
    from shared.loading.tensorflow_startup import start_tensorflow
    from shared.run.context import StageContext
    from shared.run.directory import RunDirectory
    from shared.stages.runner import checked_splits

    pipeline = get_pipeline(owner(run))
    config = configure(pipeline, run_dir=run.path)
    with TerminalDisplay(CONSOLE).stage("compress") as progress:
        start_tensorflow()  # quietly, before a module does it aloud
        splits = checked_splits(pipeline, config, run)
        context = StageContext(pipeline, config, run, progress, splits)
        made: list[Compressed] = []
        try:
            RunDirectory(folder.parent).write_folder(
                folder.name, lambda path: made.append(_fill(context, method, path))
            )
        except CompressionRefusedError as error:
            CONSOLE.print(f"[bold red]Refused:[/] {escape(str(error))}", soft_wrap=True)
            raise typer.Exit(REFUSED_EXIT_CODE) from error
    return made[0]


def _fill(
    context: StageContext, method: Literal["float16", "int8", "prune"], folder: Path
) -> Compressed:
    from shared.compression.compress import compress_run
    from shared.reporting.beside.compression_page import render_compression
    from shared.run.directory import RunDirectory

    compressed = compress_run(context, method, folder)
    page = render_compression(compressed.record, compressed.times)
    RunDirectory(folder).write_text(PAGE, page)
    return compressed


def _require_ours(folder: Path) -> None:
    """A folder that holds something else would be replaced by ours."""
    from shared.run.files import COMPRESSION

    is_free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if not is_free and not (folder / COMPRESSION).is_file() and not (folder / "student").is_dir():
        raise ConfigError(
            f"--output {folder}: it holds something else than a compressed model. Name a folder"
            " that is empty or does not exist."
        )


def _quoted(path: Path) -> str:
    return escape(shlex.quote(str(path)))
