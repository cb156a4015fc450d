"""Which files of a folder are taken for recordings, whether or not they can be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.speech.reading.containers.checking import NUM_MARK_BYTES, has_sound_mark
from shared.errors import DataError
from shared.loading.files.passed_over import passed_over_note
from shared.loading.files.tables import is_table
from shared.loading.files.user_files import files_below, why_not_regular

__all__ = ["AUDIO_SUFFIXES", "begins_like_sound", "find_recordings", "to_convert"]

_READABLE = (
    *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".aif", ".aiff", ".aifc"),
    *(".au", ".snd", ".caf", ".w64", ".rf64", ".bw64", ".sph", ".nist", ".voc"),
)
_UNREADABLE = (
    *(".m4a", ".m4b", ".aac", ".amr", ".awb", ".wma", ".webm", ".weba", ".mka", ".3gp", ".3ga"),
    *(".3gpp", ".mp4", ".wv", ".ape", ".alac", ".ac3", ".dts", ".ra", ".spx", ".tta", ".mpc"),
    *(".gsm", ".raw", ".pcm", ".ul", ".al", ".sds", ".ircam", ".sf", ".paf", ".dsf", ".dff"),
)

AUDIO_SUFFIXES = _READABLE + _UNREADABLE
"""Files with these suffixes are opened; those that can't be read are named, not passed over."""


def find_recordings(folder: Path) -> tuple[list[Path], tuple[str, ...]]:
    """All sound files below a folder, by name, and what is to be said of the other files.

    A file is one by its suffix, or by the mark of a sound format at its beginning.

    Raises:
        DataError: There are none.
    """
    found = []
    others = []
    for path in files_below(folder):
        if path.suffix.lower() in AUDIO_SUFFIXES or begins_like_sound(path):
            found.append(path)
        elif not is_table(path):
            others.append(path)
    if not found:
        raise DataError(
            f"{folder}: there are no sound files ({', '.join(AUDIO_SUFFIXES)}) in this folder or"
            " below it."
        )
    return found, passed_over_note(folder, others, what="recordings")


def to_convert(recordings: Sequence[Path]) -> str:
    """Says which kinds of files are not read, and the way out; empty if there are none."""
    kinds = sorted({path.suffix.lower() for path in recordings} & set(_UNREADABLE))
    if not kinds:
        return ""
    return (
        f" Files that end in {', '.join(kinds)} are not read: convert them first, for example with"
        " ffmpeg: ffmpeg -i INPUT OUTPUT.wav."
    )


def begins_like_sound(path: Path) -> bool:
    """Whether a file has the mark of a sound format at its beginning."""
    if why_not_regular(path) is not None:
        return False
    try:
        with path.open("rb") as stream:
            return has_sound_mark(stream.read(NUM_MARK_BYTES))
    except OSError:
        return False
