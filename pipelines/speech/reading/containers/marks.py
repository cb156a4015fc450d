"""What all checks of containers share: the sentences, and which lengths are no lengths."""

from __future__ import annotations

from shared.errors import DataError

__all__ = [
    "PLACEHOLDERS_FROM",
    "SECOND_FILE",
    "cut_short",
    "is_placeholder",
    "refuse_a_second",
    "refuse_a_second_within",
    "refuse_longer",
]

PLACEHOLDERS_FROM = 0x7FFF_0000
"""From here on, 32 bits are no length: no single recording is that long. Writers to a pipe do not
know it, and leave 7FFFF000 (SoX), 7FFFFFFF, 80000000, FFFFFFFF (FFmpeg) or one of these less the
header."""

SECOND_FILE = (
    "it is several sound files joined into one, of which decoders read only the first: keep them"
    " apart"
)


def is_placeholder(num_bytes: int) -> bool:
    """Whether a length field was never filled in; 0 has to be judged by what follows."""
    return num_bytes >= PLACEHOLDERS_FROM


def cut_short(promised: int, held: int, *, unit: str = "bytes of sound") -> DataError:
    """The error of a file that holds less than its header says."""
    return DataError(
        f"truncated, or its header is wrong: it promises {promised} {unit}, the file holds {held}"
    )


def refuse_longer(num_bytes: int, held: int) -> None:
    """Refuse a container that promises more bytes than it holds.

    Raises:
        DataError: With both numbers.
    """
    if num_bytes > held:
        raise cut_short(num_bytes, held)


def refuse_a_second(content: bytes, end: int) -> None:
    """Refuse a container behind whose end another of its kind begins.

    Args:
        content: The whole file.
        end: Where the first one ends; a byte of padding may follow.

    Raises:
        DataError: There is one: decoders read the first only.
    """
    if content[:4] in (content[end : end + 4], content[end + 1 : end + 5]):
        raise DataError(SECOND_FILE)


def refuse_a_second_within(content: bytes, start: int) -> None:
    """Refuse a container of open length if another of its kind begins in what would be its sound.

    Args:
        content: The whole file.
        start: Where the sound begins.

    Raises:
        DataError: There is one: its header would be heard as sound.
    """
    place = content.find(content[:4], start)
    while place >= 0:
        if content[place + 8 : place + 12] == content[8:12]:
            raise DataError(SECOND_FILE)
        place = content.find(content[:4], place + 1)
