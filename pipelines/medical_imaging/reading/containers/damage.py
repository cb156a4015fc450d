"""What counts as damage: one sentence, for whatever decoder found it.

Decoders were written to show something. Where bytes are missing or make no sense, most of them
fill the gap and remark on it, if at all, on the terminal. Here a remark about pixels counts like an
error; one about anything else (comments, colour profiles, bytes behind the end) does not.
"""

from __future__ import annotations

from pipelines.medical_imaging.reading.pixels import UnreadableImageError

__all__ = ["damaged"]


def damaged(kind: str, remark: str = "") -> UnreadableImageError:
    """The error that says that a file's pixels are incomplete or garbled.

    Args:
        kind: Of file, such as "JPEG".
        remark: What the decoder said, where it can't quote the file's header.
    """
    said = f" ({remark})" if remark else ""
    return UnreadableImageError(f"its {kind} data is truncated or damaged{said}")
