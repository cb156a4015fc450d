"""Recordings to score: a folder, one file, or a table of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipelines.speech.config import SpeechConfig
from pipelines.speech.data import lazy_wire
from pipelines.speech.files import TABLE_SUFFIXES, find_recordings
from pipelines.speech.recordings import read_recording
from shared.contract import Inputs
from shared.errors import DataError
from shared.loading.tables import read_table, require_columns, require_unique

__all__ = ["read_inputs"]


def read_inputs(config: SpeechConfig, path: Path) -> Inputs:
    """Find recordings without labels; a file that can't be read is named with the reason, and the others go on.

    Args:
        config: Sample rate, longest file, and the name of the file column.
        path: A folder (all sound files below it), a table with data.file_column, or one sound file.

    Raises:
        DataError: There is nothing at `path`, or the table has no such column.
    """
    files = _files(config, path)
    problems = {}
    for name, file in files.items():
        try:
            read_recording(file, sample_rate_hz=config.data.sample_rate_hz, max_seconds=config.data.max_file_seconds)
        except DataError as error:
            problems[name] = str(error)
    return Inputs(np.array(list(files), dtype=np.str_), lazy_wire([str(file) for file in files.values()], config), problems)


def _files(config: SpeechConfig, path: Path) -> dict[str, Path]:
    if path.is_dir():
        return {file.relative_to(path).as_posix(): file for file in find_recordings(path)}
    if not path.is_file():
        raise DataError(f"{path}: there is no such file or folder.")
    if not path.name.lower().endswith(TABLE_SUFFIXES):
        return {path.name: path}
    table = read_table(path)
    require_columns(table, [config.data.file_column], path=path, setting="data.file_column")
    require_unique(table, config.data.file_column, path=path)
    return {str(name): path.parent / str(name) for name in table[config.data.file_column]}
