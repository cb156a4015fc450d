"""Recordings to score: a folder, one file, or a table of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipelines.speech.config import SpeechConfig
from pipelines.speech.reading.finding import find_recordings
from pipelines.speech.reading.loading import lazy_wire
from pipelines.speech.reading.recordings import read_recording
from pipelines.speech.reading.window import describe_unseen
from shared.contract import Inputs
from shared.errors import DataError
from shared.loading.files.tables import is_table, require_columns, require_unique
from shared.loading.files.user_files import paths_below, printable_name
from shared.loading.user_tables import read_user_table

__all__ = ["list_files", "read_inputs"]


def read_inputs(config: SpeechConfig, path: Path) -> Inputs:
    """Find recordings without labels.

    A file that can't be read is named with the reason, and the others go on.

    Args:
        config: Sample rate, longest file, and the name of the file column.
        path: A folder (all sound files below it), a table with data.file_column, or one sound file.

    Raises:
        DataError: There is nothing at `path`, or the table has no such column.
    """
    files, warnings = list_files(config, path)
    problems = {}
    seconds = []
    for name, file in files.items():
        try:
            recording = read_recording(
                file,
                sample_rate_hz=config.data.sample_rate_hz,
                max_seconds=config.data.max_file_seconds,
            )
            seconds.append(recording.seconds)
        except DataError as error:
            problems[name] = str(error)
    loss = describe_unseen(np.array(seconds), config.data.row_seconds)
    return Inputs(
        np.array(list(files), dtype=np.str_),
        lazy_wire([str(file) for file in files.values()], config),
        problems,
        warnings=(*warnings, *([loss] if loss else [])),
    )


def list_files(config: SpeechConfig, path: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Name -> file, and what is to be said of other files beside them.

    Raises:
        DataError: As `read_inputs`.
    """
    if path.is_dir():
        found, notes = find_recordings(path)
        return {printable_name(file.relative_to(path)): file for file in found}, notes
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder.")
    if not is_table(path):
        return {path.name: path}, ()
    table = read_user_table(path, config.data)
    require_columns(table, {"data.file_column": [config.data.file_column]}, path=path)
    require_unique(table, config.data.file_column, path=path)
    names = table[config.data.file_column].tolist()
    files = paths_below(path, names, column=config.data.file_column)
    return dict(zip(names, files, strict=True)), ()
