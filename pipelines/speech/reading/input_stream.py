"""The same recordings as `inputs.py` reads, in pieces, each file read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from pipelines.speech.config import SpeechConfig, SpeechDataConfig
from pipelines.speech.reading.containers.remarks import catch_remarks
from pipelines.speech.reading.inputs import list_files
from pipelines.speech.reading.recordings import read_recording
from pipelines.speech.reading.window import describe_unseen
from shared.contract import Inputs, InputStream, Rows
from shared.errors import DataError
from shared.loading.files.tables import is_table
from shared.loading.files.user_files import DECODER_ERRORS, why_not_regular

__all__ = ["stream_inputs"]


def stream_inputs(config: SpeechConfig, path: Path) -> InputStream:
    """Find recordings, as `read_inputs` does; names and paths are kept, no sound.

    Raises:
        DataError: As `read_inputs`.
    """
    found, notes = list_files(config, path)

    def pieces(size: int) -> Iterator[Callable[[], Inputs]]:
        names = list(found)
        for start in range(0, len(names), size):
            piece = {name: found[name] for name in names[start : start + size]}
            yield partial(_read, piece, config.data)

    files = [*found.values(), *([path] if path.is_file() and is_table(path) else [])]
    loss = partial(_warnings, notes, files, config.data)
    return InputStream(len(found), pieces, files, loss)


def _read(files: Mapping[str, Path], data: SpeechDataConfig) -> Inputs:
    contents = np.full(len(files), b"", dtype=object)
    problems = {}
    for position, (name, file) in enumerate(files.items()):
        try:
            contents[position] = read_recording(
                file, sample_rate_hz=data.sample_rate_hz, max_seconds=data.max_file_seconds
            ).wire
        except DataError as error:
            problems[name] = str(error)
    return Inputs(np.array(list(files), dtype=np.str_), partial(_take, contents), problems)


def _take(contents: NDArray[Any], rows: NDArray[np.int64]) -> Rows:
    return {"wav": contents[rows]}


def _warnings(notes: tuple[str, ...], files: list[Path], data: SpeechDataConfig) -> tuple[str, ...]:
    """What is said of the recordings, by their headers alone."""
    with catch_remarks():  # of MP3 files, which are told where the file is read
        lengths = np.array([seconds for file in files if (seconds := _seconds(file)) is not None])
    loss = describe_unseen(lengths, data.row_seconds)
    return (*notes, loss) if loss else notes


def _seconds(file: Path) -> float | None:
    """What the header says; None if it can't be read, which is told where the file is."""
    if why_not_regular(file) is not None:
        return None
    try:
        with soundfile.SoundFile(file) as opened:
            return float(opened.frames / opened.samplerate)
    except (soundfile.LibsndfileError, *DECODER_ERRORS):
        return None
