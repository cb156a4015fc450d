"""The deployed model of a run, and new files read as its training data was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.config.reading import as_read
from shared.contract import Inputs, InputStream
from shared.errors import DataError, MissingArtefactError
from shared.loading.files.user_files import files_below
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.serving.kept_rows import holds_kept_rows, read_kept_rows
from shared.serving.saved_model import SavedModel, load_saved_model, newest_version

__all__ = ["load_described_model", "read_as_trained", "reading_config", "stream_as_trained"]


def load_described_model(context: StageContext) -> tuple[SavedModel, SignatureRecord]:
    """The newest exported SavedModel, and what signature.json says of it.

    Raises:
        MissingArtefactError: Nothing was exported, or they do not belong together.
    """
    saved = load_saved_model(newest_version(context.run))
    signature = SignatureRecord.read(context.run)
    if saved.fingerprint() != signature.weights_sha256:
        raise MissingArtefactError(
            f"{saved.path} holds other weights than signature.json says. Make both again with"
            f" {context.run.rerun_command('export')}"
        )
    return saved, signature


def reading_config(context: StageContext) -> Any:
    """The configuration with the roles of columns that were told from the training data.

    Raises:
        MissingArtefactError: Nothing was exported, which records the roles.
    """
    return as_read(context.config, SignatureRecord.read(context.run).reading)


def read_as_trained(context: StageContext, input_path: Path) -> Inputs:
    """New files, read as the training data was, all at once.

    Raises:
        DataError: They can't be read.
        MissingArtefactError: As `reading_config`.
    """
    if holds_kept_rows(input_path):
        return read_kept_rows(input_path)
    return context.pipeline.read_inputs(reading_config(context), input_path)


def stream_as_trained(context: StageContext, input_path: Path) -> InputStream:
    """The same in pieces; of a pipeline that must read them at once, the pieces of that.

    Raises:
        DataError: There is nothing to score, or as `read_as_trained`.
    """
    config = reading_config(context)
    is_kept = holds_kept_rows(input_path)
    stream = None if is_kept else context.pipeline.stream_inputs(config, input_path)
    if stream is None:
        files = list(files_below(input_path)) if input_path.is_dir() else [input_path]
        stream = InputStream.of(read_as_trained(context, input_path), files)
    if not stream.num_inputs:
        raise DataError(f"{input_path}: nothing to score was found.")
    return stream
