"""The same images as `reading/inputs.py` reads, in pieces, each file opened and checked once.

What only a decoder sees the served graph tells by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.medical_imaging.config import MedicalConfig, MedicalDataConfig
from pipelines.medical_imaging.reading.files import read_bytes
from pipelines.medical_imaging.reading.inputs import (
    ListedImages,
    list_inputs,
    values_missing_note,
)
from pipelines.medical_imaging.reading.pixels import IMAGE_BYTES, UnreadableImageError
from pipelines.medical_imaging.reading.table_values import as_text
from pipelines.medical_imaging.reading.wire import to_wire
from pipelines.medical_imaging.tabular.reading import plain_texts, tabular_texts
from shared.contract import Inputs, InputStream, Rows
from shared.loading.columns.checks import unreadable_numbers
from shared.loading.columns.number_marks import marks_of
from shared.loading.columns.values import rows_beside

__all__ = ["stream_inputs"]


def stream_inputs(config: MedicalConfig, path: Path) -> InputStream:
    """Find images to score, as `read_inputs` does; names and paths are kept, no contents.

    Raises:
        DataError: As `read_inputs`.
    """
    found = list_inputs(config, path)
    images = _Images(found, config.data, path, _values_beside(found, config.data))
    files = [*found.paths.values(), *([] if found.table is None else [path])]
    return InputStream(len(found.ids), images.pieces, files, images.warnings)


@dataclass(frozen=True)
class _Images:
    """What was listed, to be read.

    Attributes:
        found: Names and paths.
        data: How files are read.
        place: Where they were looked for.
        values: (n, columns) text beside each image; None if the model reads none.
    """

    found: ListedImages
    data: MedicalDataConfig
    place: Path
    values: pd.DataFrame | None

    def pieces(self, size: int) -> Iterator[Callable[[], Inputs]]:
        """As in `InputStream`."""
        for start in range(0, len(self.found.ids), size):
            yield partial(self._read, start, start + size)

    def warnings(self) -> tuple[str, ...]:
        """As in `InputStream`."""
        columns = self.data.tabular_columns
        if not columns or self.found.table is not None:
            return self.found.warnings
        return (*self.found.warnings, values_missing_note(len(self.found.ids), columns))

    def _read(self, start: int, stop: int) -> Inputs:
        names = self.found.ids[start:stop]
        contents = np.full(len(names), b"", dtype=object)
        problems = {}
        for position, name in enumerate(names):
            try:
                contents[position] = self._wire_of(name)
            except UnreadableImageError as error:
                problems[name] = str(error)
        read = partial(_take, contents)
        if self.values is None:
            return Inputs(np.asarray(names), read, problems)
        texts = self.values.iloc[start:stop].reset_index(drop=True)
        numbers = self.data.tabular_numbers or ()
        unreadable = unreadable_numbers(texts, numbers, marks_of(self.data))
        reasons = {names[row]: why for row, (_, why) in unreadable.items()}
        beside = rows_beside(read, plain_texts(texts, numbers, self.data))
        return Inputs(np.asarray(names), beside, {**reasons, **problems})

    def _wire_of(self, name: str) -> bytes:
        if name in self.found.problems:
            raise UnreadableImageError(self.found.problems[name])
        return to_wire(read_bytes(self.found.paths[name]), self.data).content


def _take(contents: NDArray[Any], rows: NDArray[np.int64]) -> Rows:
    return {IMAGE_BYTES: contents[rows]}


def _values_beside(found: ListedImages, data: MedicalDataConfig) -> pd.DataFrame | None:
    if not data.tabular_columns:
        return None
    if found.table is None:
        return pd.DataFrame("", index=range(len(found.ids)), columns=list(data.tabular_columns))
    return tabular_texts(as_text(found.table), data.tabular_columns)
