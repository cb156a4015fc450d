"""Scoring files that the run never saw, with the model that is served."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.config.reading import as_read
from shared.contract import Inputs
from shared.errors import DataError, MissingArtefactError, UserError
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.serving.refused_answers import ERROR
from shared.serving.saved_model import SavedModel, load_saved_model, newest_version
from shared.serving.score_table import require_table_path, score_table, write_score_table

__all__ = ["ScoredInputs", "ScoringSummary", "answer_inputs", "read_as_trained", "score_inputs"]

_BATCH_ROWS = 64
_LONGEST_REASON = 200


@dataclass(frozen=True)
class ScoringSummary:
    """What became of the inputs.

    Attributes:
        num_inputs: All inputs found.
        num_errors: How many of them could not be scored; their rows say why.
        weights_sha256: Fingerprint of the model that scored them.
        num_abstained: Scored inputs that the model hands on to a person; None if it has no rule.
        why_always: Why it hands on every input; empty if it does not.
    """

    num_inputs: int
    num_errors: int
    weights_sha256: str
    num_abstained: int | None = None
    why_always: str = ""


@dataclass(frozen=True)
class ScoredInputs:
    """Raw inputs with what the deployed model says of them.

    Attributes:
        inputs: All inputs found.
        signature: Of the model.
        answers: Position among the inputs -> that row's outputs of `serving_default`, without a
            batch axis.
        errors: Position -> why there is no answer.
    """

    inputs: Inputs
    signature: SignatureRecord
    answers: Mapping[int, Mapping[str, Any]]
    errors: Mapping[int, str]


@dataclass(frozen=True)
class _Scored:
    """Answers and reasons of some rows, by their position."""

    answers: dict[int, dict[str, Any]]
    errors: dict[int, str]


def score_inputs(context: StageContext, input_path: Path, output_path: Path) -> ScoringSummary:
    """Score raw files with the newest exported SavedModel; write one row for each, in their order.

    Args:
        context: A run with a finished export; its data source is not needed.
        input_path: A file or folder that the pipeline can read.
        output_path: Where the table goes, `.csv` or `.parquet`; `shared/serving/score_table.py`
            describes its columns.

    Raises:
        UserError: The output can't be written, or would replace an input.
        DataError: There is nothing to score.
        MissingArtefactError: Nothing was exported, or the SavedModel is not the one that
            signature.json describes, or another version made them.
    """
    _check_output(input_path, output_path)
    scored = answer_inputs(
        context,
        input_path,
        accept=lambda inputs: _check_output_is_no_input(inputs, input_path, output_path),
    )
    signature = scored.signature
    table = score_table(signature.target, scored.inputs.ids, scored.answers, scored.errors)
    write_score_table(table, output_path)
    summary = ScoringSummary(
        num_inputs=len(scored.inputs.ids),
        num_errors=len(scored.errors),
        weights_sha256=signature.weights_sha256,
        num_abstained=_count_abstained(scored.answers),
        why_always=signature.calibration.why_always_abstains,
    )
    context.progress.log(_sentence(summary, output_path))
    if summary.num_abstained is not None:
        context.progress.log(_describe_abstained(summary))
    return summary


def answer_inputs(
    context: StageContext,
    input_path: Path,
    *,
    accept: Callable[[Inputs], None] = lambda inputs: None,
) -> ScoredInputs:
    """Ask the newest exported SavedModel about raw files.

    Args:
        context: As for `score_inputs`.
        input_path: A file or folder that the pipeline can read.
        accept: Told the inputs before any is scored; may raise.

    Raises:
        DataError: There is nothing to score.
        MissingArtefactError: As `score_inputs`.
    """
    saved, signature = _load_described_model(context)
    inputs = read_as_trained(context, input_path)
    if len(inputs.ids) == 0:
        raise DataError(f"{input_path}: nothing to score was found.")
    accept(inputs)
    for sentence in inputs.warnings:
        context.progress.log(sentence)
    scored = _score(context, saved, inputs)
    return ScoredInputs(inputs, signature, scored.answers, scored.errors)


def read_as_trained(context: StageContext, input_path: Path) -> Inputs:
    """New files, read as the training data was: columns keep the roles that were told from it.

    Raises:
        MissingArtefactError: Nothing was exported, which records the roles.
    """
    config = as_read(context.config, SignatureRecord.read(context.run).reading)
    return context.pipeline.read_inputs(config, input_path)


def _check_output(input_path: Path, output_path: Path) -> None:
    """Refuse at once what would only fail after all the work."""
    require_table_path(output_path)
    if output_path.exists() and input_path.exists() and output_path.samefile(input_path):
        raise UserError(
            f"--output {output_path} is the input itself and would replace it. Choose another name."
        )


def _check_output_is_no_input(inputs: Inputs, input_path: Path, output_path: Path) -> None:
    """Refuse to replace a file of the input folder."""
    if not output_path.exists() or not output_path.resolve().is_relative_to(input_path.resolve()):
        return
    relative = output_path.resolve().relative_to(input_path.resolve())
    # Pipelines name an input by its path or its name, with or without the suffix.
    names = {
        relative.as_posix(),
        relative.with_suffix("").as_posix(),
        relative.name,
        relative.stem,
    }
    if not names.isdisjoint(inputs.ids.tolist()):
        raise UserError(
            f"--output {output_path} is one of the inputs and would be replaced. Choose another"
            " place."
        )


def _load_described_model(context: StageContext) -> tuple[SavedModel, SignatureRecord]:
    saved = load_saved_model(newest_version(context.run))
    signature = SignatureRecord.read(context.run)
    if saved.fingerprint() != signature.weights_sha256:
        raise MissingArtefactError(
            f"{saved.path} holds other weights than signature.json says. Make both again with"
            f" {context.run.rerun_option('export')}"
        )
    return saved, signature


def _score(context: StageContext, saved: SavedModel, inputs: Inputs) -> _Scored:
    rows = list(enumerate(inputs.ids.tolist()))
    errors = {row: inputs.problems[name] for row, name in rows if name in inputs.problems}
    readable = np.asarray([row for row, _ in rows if row not in errors], dtype=np.int64)
    answers: dict[int, dict[str, Any]] = {}
    for start in range(0, len(readable), _BATCH_ROWS):
        context.progress.update(start, len(readable), "scoring")
        scored = _score_rows(saved, inputs, readable[start : start + _BATCH_ROWS])
        answers |= scored.answers
        errors |= scored.errors
    context.progress.update(len(readable), len(readable))
    return _Scored(answers, errors)


def _score_rows(saved: SavedModel, inputs: Inputs, rows: NDArray[np.int64]) -> _Scored:
    """Score rows together; if that fails, one by one, so that only those at fault get no answer."""
    try:
        outputs = saved(inputs.rows(rows))
    except (tf.errors.OpError, UserError, OSError) as error:
        if len(rows) == 1:
            return _Scored({}, {int(rows[0]): _reason(error)})
        together = _Scored({}, {})
        for index in range(len(rows)):
            alone = _score_rows(saved, inputs, rows[index : index + 1])
            together.answers.update(alone.answers)
            together.errors.update(alone.errors)
        return together
    reasons = outputs.pop(ERROR).tolist()
    errors = {int(row): why for row, why in zip(rows, reasons, strict=True) if why}
    answers = {
        int(row): {name: values[index] for name, values in outputs.items()}
        for index, row in enumerate(rows)
        if int(row) not in errors
    }
    return _Scored(answers, errors)


def _reason(error: Exception) -> str:
    """One line for people, without the names of nodes that TensorFlow wraps a message in."""
    text = error.message if isinstance(error, tf.errors.OpError) else str(error)
    text = re.sub(r"\[\[.*?\]\]|\[Op:[^\]]*\]|\{\{.*?\}\}", "", text)
    noise = ("Graph execution error", "Detected at node", "<stack traces", "File ")
    lines = [line.strip() for line in text.splitlines()]
    said = " ".join(line for line in lines if line and not line.startswith(noise))
    return (said or type(error).__name__)[:_LONGEST_REASON]


def _sentence(summary: ScoringSummary, output_path: Path) -> str:
    num_scored = summary.num_inputs - summary.num_errors
    failed = ""
    if summary.num_errors:
        failed = f"; {summary.num_errors} could not be, see the column 'error'"
    return (
        f"{num_scored} of {summary.num_inputs} inputs scored by model"
        f" {summary.weights_sha256[:12]}{failed}: {output_path}"
    )


def _count_abstained(answers: Mapping[int, Mapping[str, Any]]) -> int | None:
    if not any("abstain" in answer for answer in answers.values()):
        return None
    return sum(bool(answer["abstain"]) for answer in answers.values())


def _describe_abstained(summary: ScoringSummary) -> str:
    num_scored = summary.num_inputs - summary.num_errors
    count = summary.num_abstained or 0
    said = f"{count} of {num_scored} ({count / num_scored:.0%}) are handed on to a person"
    if summary.why_always:
        return f"{said}: {summary.why_always}"
    if count == 0:
        return said
    return f"{said}: the model is not sure enough of them, see the column 'abstain'"
