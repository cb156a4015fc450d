"""FLAC (RFC 9639): frames have checksums, which the decoder checks; the length is in the header."""

from __future__ import annotations

from shared.errors import DataError

__all__ = ["check_flac"]

_LEAST_BYTES = 42
_NUM_SAMPLES = slice(21, 26)  # the last 36 of these 40 bits (section 8.2)
_SECOND_MARK = (b"fLaC\0\0\0\x22", b"fLaC\x80\0\0\x22")  # with the first block's header


def check_flac(content: bytes) -> bytes:
    """FLAC in its own container.

    Raises:
        DataError: Its header does not count samples, or a second file follows.
    """
    if len(content) < _LEAST_BYTES:
        raise DataError("truncated: a FLAC file shorter than its header")
    if int.from_bytes(content[_NUM_SAMPLES], "big") % 2**36 == 0:
        raise DataError(
            "its header says 0 samples: it holds none, or was written to a pipe. Decode it, and"
            " encode it again into a file"
        )
    if any(content.find(mark, 4) >= 0 for mark in _SECOND_MARK):
        raise DataError(
            "it is several FLAC files joined into one, of which decoders read only the first: keep"
            " them apart"
        )
    return content
