"""Look-up tables of DICOM files: of modality, of values of interest, and palettes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.medical_imaging.reading.containers.dicom_fields import raw_value, unusable
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from shared.loading.files.user_files import DECODER_ERRORS

__all__ = ["LookUpTable", "read_palette", "read_table"]

_LARGEST_ENTRIES = 2**16  # written as 0 (PS3.3, C.11.1.1.1)
_UNUSED_BITS = 4


@dataclass(frozen=True)
class LookUpTable:
    """What stored values mean.

    Attributes:
        first: The value that the first entry is for; values below it mean the same.
        entries: (n,) or, of a palette, (n, 3) int64; values beyond the last mean the last.
        declared_bits: Of an entry, as the header says.
    """

    first: int
    entries: NDArray[np.int64]
    declared_bits: int

    def __call__(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """The entry of each value."""
        positions = np.rint(np.asarray(values, dtype=np.float64)) - self.first
        known = np.clip(positions, 0, len(self.entries) - 1).astype(np.int64)
        entries: NDArray[np.int64] = self.entries[known]
        return entries

    @property
    def white(self) -> float:
        """The greatest value of an entry: 2ⁿ − 1 (PS3.3, C.11.1.1.1, C.11.2.1.1, C.7.6.3.1.5).

        n is what the header declares, unless the entries use less than a sixteenth of that, or
        exceed it: many writers declare 16 for entries of 8, 10 or 12 bits, which would be nearly
        black. Then it is the even number of bits that the greatest entry needs, at least 8.
        """
        needed = max(8, int(self.entries.max()).bit_length())
        needed += needed % 2
        is_believed = needed > self.declared_bits - _UNUSED_BITS and (
            int(self.entries.max()) < 2**self.declared_bits
        )
        return 2.0 ** (self.declared_bits if is_believed else needed) - 1.0


def read_table(dataset: Any, sequence: str) -> LookUpTable | None:
    """The first table of a sequence; None if the header has none.

    Raises:
        UnreadableImageError: Its descriptor or its entries can't be used.
    """
    items = raw_value(dataset, sequence)
    if items is None:
        return None
    try:
        item = items[0]
        count, first, bits = (int(value) for value in item.LUTDescriptor)
        count = count or _LARGEST_ENTRIES
        entries = _entries(item.LUTData, count, dataset)
    except DECODER_ERRORS as error:
        raise unusable(sequence, "holds no usable look-up table") from error
    if len(entries) != count or not 1 <= bits <= 16:
        raise unusable(sequence, "holds a table that is not as its LUTDescriptor says")
    return LookUpTable(first, entries, bits)


def read_palette(pydicom: Any, dataset: Any) -> LookUpTable:
    """Red, green and blue of each index.

    Raises:
        UnreadableImageError: The palette is missing or can't be used.
    """
    tag = "RedPaletteColorLookupTableDescriptor"
    try:
        count, first, bits = (int(value) for value in raw_value(dataset, tag) or ())
        indices = first + np.arange(count or _LARGEST_ENTRIES)
        entries = pydicom.pixels.apply_color_lut(indices, dataset)
    except UnreadableImageError:
        raise
    except DECODER_ERRORS as error:
        raise unusable(tag, "and its tables are no usable palette") from error
    return LookUpTable(first, entries[:, :3].astype(np.int64), bits)


def _entries(data: Any, count: int, dataset: Any) -> NDArray[np.int64]:
    """Entries of 8 or 16 bits, as numbers or as the bytes of the file."""
    if not isinstance(data, bytes):
        return np.atleast_1d(np.asarray(data, dtype=np.int64))
    if len(data) == count + count % 2:
        return np.frombuffer(data, dtype=np.uint8)[:count].astype(np.int64)
    order = "<" if dataset.file_meta.TransferSyntaxUID.is_little_endian else ">"
    return np.frombuffer(data, dtype=f"{order}u2").astype(np.int64)
