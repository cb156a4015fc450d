from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.errors import DataError
from shared.loading.files.text_files import read_unpacked

FIRST, SECOND = b"first part\n" * 500, b"second part\n" * 500
PACKERS = pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)


def unpacked(folder: Path, suffix: str, content: bytes) -> bytes:
    path = folder / f"a.txt{suffix}"
    path.write_bytes(content)
    return read_unpacked(path)


@PACKERS
def test_all_streams_of_a_file_are_read(
    suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    both = unpacked(tmp_path, suffix, pack(FIRST) + pack(SECOND) + bytes(8))
    assert both == FIRST + SECOND
    large = FIRST * 200
    assert unpacked(tmp_path, suffix, pack(large)) == large


@PACKERS
def test_a_later_stream_that_is_damaged_is_not_taken_for_the_end(
    suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    second = pack(SECOND)
    garbled = bytes([second[0] ^ 0x40]) + second[1:]
    for later in (garbled, second[: len(second) // 2], second[:3], b"notes"):
        with pytest.raises(DataError, match=r"can't be read \(.*\)\. Is the file complete\?"):
            unpacked(tmp_path, suffix, pack(FIRST) + later)
