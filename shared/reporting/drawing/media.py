"""Files of rows inside a page: images and sounds as `data:` addresses."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from shared.run.artefacts.gallery_file import Medium

__all__ = ["RowMedium", "media_address"]

_TYPES = {"image": "image/jpeg", "sound": "audio/wav"}


@dataclass(frozen=True)
class RowMedium:
    """What a page shows of a row.

    Attributes:
        medium: How.
        address: `data:` URI of its file; empty for text and numbers.
        text: The text; empty for all else.
    """

    medium: Medium = "none"
    address: str = ""
    text: str = ""


def media_address(medium: Medium, content: bytes) -> str:
    """The `data:` URI of a file as `shared.gallery.media` makes it; empty where there is none."""
    if not content:
        return ""
    return f"data:{_TYPES[medium]};base64,{b64encode(content).decode()}"
