"""Scoring files that the run never saw, with the model that is served: any number, in any pieces.

Answers are appended block by block to a part beside the output (`journal.py`), which becomes the
output when all are there. Nothing grows with the number of inputs but names: those of files in a
folder, and ids while they are checked to be unique.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared.contract import InputStream
from shared.errors import UserError
from shared.formatting import format_seconds
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.run.progress import Progress
from shared.serving.batch.answers import Answers, no_answers
from shared.serving.batch.blocks import score_blocks
from shared.serving.batch.finishing import finish
from shared.serving.batch.identifying import identify
from shared.serving.batch.identity import Identity
from shared.serving.batch.journal import Journal, Progressed, State, read_state
from shared.serving.batch.score_table import require_table_path, score_table
from shared.serving.batch.served_model import load_described_model, stream_as_trained
from shared.serving.batch.shards import BLOCK_ROWS, WHOLE, Shard, find_shards, part_path
from shared.serving.batch.summary import ScoringSummary
from shared.serving.batch.table_bytes import TableBytes
from shared.serving.saved_model import SavedModel

__all__ = ["score_inputs"]


def score_inputs(
    context: StageContext,
    input_path: Path,
    output_path: Path,
    *,
    resume: bool = False,
    shard: Shard = WHOLE,
) -> ScoringSummary | None:
    """Score raw files with the newest exported SavedModel; write one row for each, in their order.

    Args:
        context: A run with a finished export; its data source is not needed.
        input_path: A file or folder that the pipeline can read.
        output_path: Where the table goes, `.csv` or `.parquet`; `score_table.py` describes its
            columns.
        resume: Whether to go on where an earlier call was stopped, however it was.
        shard: What to score; of a shard only a part is written, for `merge_shards`.

    Returns:
        What became of all inputs; None of a shard.

    Raises:
        UserError: The output can't be written, or would replace an input; there is a part that may
            not be replaced, or can't be continued.
        DataError: There is nothing to score.
        MissingArtefactError: Nothing was exported, or the SavedModel is not the one that
            signature.json describes, or another version made them.
    """
    _check_output(input_path, output_path)
    part = part_path(output_path, shard)
    state = _read_state_to_resume(part, output_path, shard, resume=resume)
    saved, signature = load_described_model(context)
    stream = stream_as_trained(context, input_path)
    _check_output_is_no_input(stream, input_path, output_path)
    layout = _Layout.of(saved, signature, output_path, shard)
    identity = identify(context, saved, stream, layout.rows.form)
    with _open(part, state, identity, layout) as journal:
        for sentence in stream.warnings():
            context.progress.log(sentence)
        pace = _Pace(context.progress, shard.num_rows(stream.num_inputs, BLOCK_ROWS))
        pace.begin(journal.state.done.rows)
        for answers in score_blocks(saved, stream, shard, num_done=journal.state.done.blocks):
            journal.append(layout.write(answers), _count(answers))
            pace.tell(journal.state.done.rows)
        journal.complete()
    if shard.is_whole:
        return finish(context, signature, output_path, [part])
    context.progress.log(f"{shard} is whole: {pace.total:,} rows in {part}")
    return None


@dataclass(frozen=True)
class _Layout:
    """From answers to bytes.

    Attributes:
        signature: Of the model.
        rows: How tables are written.
    """

    signature: SignatureRecord
    rows: TableBytes

    @classmethod
    def of(
        cls, saved: SavedModel, signature: SignatureRecord, output_path: Path, shard: Shard
    ) -> _Layout:
        """Of a part of `output_path`: lines of CSV if it shall become the whole of it."""
        points = signature.calibration.operating_points
        nothing = no_answers(saved, np.zeros(0, np.str_))
        empty = score_table(signature.target, nothing, points)
        is_csv = shard.is_whole and output_path.suffix.lower() == ".csv"
        return cls(signature, TableBytes("csv" if is_csv else "arrow", empty))

    def write(self, answers: Answers) -> bytes:
        """As bytes."""
        points = self.signature.calibration.operating_points
        return self.rows.rows(score_table(self.signature.target, answers, points))


@dataclass
class _Pace:
    """Tells how far scoring is, how fast, and how long it will take.

    Attributes:
        progress: Where it is told.
        total: Rows.
    """

    progress: Progress
    total: int
    _first: int = 0
    _began: float = 0.0

    def begin(self, done: int) -> None:
        """So many rows were there before."""
        self._first = done
        self._began = time.monotonic()
        if done:
            self.progress.milestone(f"goes on behind {done:,} rows")

    def tell(self, done: int) -> None:
        """So many rows are there now."""
        seconds = max(time.monotonic() - self._began, 1e-9)
        rate = max(done - self._first, 1) / seconds
        left = format_seconds((self.total - done) / rate)
        note = f"{done:,} of {self.total:,}, {rate:,.0f} rows/s, {left} left"
        self.progress.update(done, self.total, note)


def _open(part: Path, state: State | None, identity: Identity, layout: _Layout) -> Journal:
    if state is None:
        return Journal.begin(part, identity, layout.rows.head)
    if differing := identity.differences(state.identity):
        raise UserError(
            f"{part} can't be continued: {differing} is not what it was begun with. Restore that,"
            f" or remove {part.name} and {part.name}.json and begin without --resume."
        )
    return Journal.resume(part, state)


def _read_state_to_resume(
    part: Path, output_path: Path, shard: Shard, *, resume: bool
) -> State | None:
    """None where nothing was begun."""
    counts = {other.count for other in find_shards(output_path)} - {shard.count}
    if counts and shard.is_whole:
        raise UserError(
            f"{output_path} was begun in {max(counts)} shards or with --workers {max(counts)}. Go"
            f" on that way, or remove {output_path.name}.shard-*."
        )
    if counts:
        raise UserError(
            f"{output_path} was begun in {max(counts)} shards, and this is one of {shard.count}:"
            f" blocks would be scored twice. Remove {output_path.name}.shard-*-of-{max(counts)}.*."
        )
    state = read_state(part)
    if state is not None and not resume:
        raise UserError(
            f"{part} holds {state.done.rows:,} rows of a result that is not whole. Go on with"
            f" --resume, or remove {part.name} and {part.name}.json."
        )
    return state


def _count(answers: Answers) -> Progressed:
    abstained = answers.outputs.get("abstain")
    return Progressed(
        blocks=1,
        rows=len(answers.ids),
        errors=len(answers.errors),
        abstained=0 if abstained is None else int(abstained.astype(np.bool_).sum()),
    )


def _check_output(input_path: Path, output_path: Path) -> None:
    """Refuse at once what would only fail after all the work."""
    require_table_path(output_path)
    if output_path.exists() and input_path.exists() and output_path.samefile(input_path):
        raise UserError(
            f"--output {output_path} is the input itself and would replace it. Choose another name."
        )


def _check_output_is_no_input(stream: InputStream, input_path: Path, output_path: Path) -> None:
    """Refuse to replace a file of the input folder."""
    if not output_path.exists() or not output_path.resolve().is_relative_to(input_path.resolve()):
        return
    if any(file.exists() and output_path.samefile(file) for file in stream.files):
        raise UserError(
            f"--output {output_path} is one of the inputs and would be replaced. Choose another"
            " place."
        )
