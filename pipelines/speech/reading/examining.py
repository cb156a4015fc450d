"""Opens every recording once, before training starts.

Which can be read, what was done to them, how they sound.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.speech.config import SpeechDataConfig
from pipelines.speech.reading.measurements import Measurements, measure
from pipelines.speech.reading.recordings import decode_recording, read_content
from shared.contract import Problem
from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.loading.files.known_contents import KnownContents, open_known

__all__ = ["Examination", "content_file", "examine_all"]

_FULL_SCALE = 32768.0
_CLIPPED_SHARE = 0.001


@dataclass(frozen=True)
class Examination:
    """What opening the listed files showed.

    Attributes:
        readable: Row by row, whether it can be used.
        measurements: Of each readable one.
        seconds: Likewise, their lengths.
        hashes: Row by row, SHA-256; "" where unreadable.
        problems: One for each unreadable one.
        notes: What was done to the others, for the report.
    """

    readable: NDArray[np.bool_]
    measurements: tuple[Measurements, ...]
    seconds: NDArray[np.float64]
    hashes: tuple[str, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def examine_all(table: pd.DataFrame, data: SpeechDataConfig) -> Examination:
    """Read, decode and measure every recording; what was examined before is known by its content.

    Args:
        table: As `Listing.table`.
        data: Sample rate and longest file; where to remember.
    """
    # Whatever a row will show of them, recordings are examined whole.
    whole = data.model_copy(update={"clip_seconds": None})
    known = open_known(whole, kind="recordings", code=("pipelines/speech", "shared/loading"))
    found: list[Mapping[str, Any]] = []
    hashes = []
    problems = []
    for name, path, row in zip(table["id"], table["path"], table["row"], strict=True):
        try:
            content = read_content(content_file(path), max_seconds=data.max_file_seconds)
            digest = hashlib.sha256(content).hexdigest()
            found.append(_examined(content, digest, data, known))
        except DataError as error:
            problems.append(Problem(name, str(error), row=int(row) or None))
            hashes.append("")
        else:
            hashes.append(digest)
    known.save()
    readable = np.array([digest != "" for digest in hashes], dtype=np.bool_)
    seconds = [facts["seconds"] for facts in found]
    return Examination(
        readable=readable,
        measurements=tuple(Measurements(**facts["measurements"]) for facts in found),
        seconds=np.array(seconds, dtype=np.float64),
        hashes=tuple(hashes),
        problems=tuple(problems),
        notes=_conversions(found, data.sample_rate_hz),
    )


def content_file(path: str | ContentFile) -> ContentFile:
    """A path of the listing as something to read from."""
    return Path(path) if isinstance(path, str) else path


def _examined(
    content: bytes, digest: str, data: SpeechDataConfig, known: KnownContents
) -> Mapping[str, Any]:
    facts = known.get(digest)
    if facts is None:
        recording = decode_recording(
            content, sample_rate_hz=data.sample_rate_hz, max_seconds=data.max_file_seconds
        )
        measurements = measure(recording.samples / _FULL_SCALE, data.sample_rate_hz)
        facts = {
            "seconds": recording.seconds,
            "peak": recording.peak,
            "stuck_share": recording.stuck_share,
            "rate_hz": recording.rate_hz,
            "channels": recording.channels,
            "measurements": asdict(measurements),
        }
        known.remember(digest, facts)
    return facts


def _conversions(found: Sequence[Mapping[str, Any]], sample_rate_hz: int) -> tuple[str, ...]:
    """What was done to the sound, for the report: nothing is converted silently."""
    mixed = [facts["channels"] for facts in found if facts["channels"] > 1]
    rates = Counter(facts["rate_hz"] for facts in found if facts["rate_hz"] != sample_rate_hz)
    notes = []
    if mixed:
        most = "2 channels" if max(mixed) == 2 else f"2 to {max(mixed)} channels"
        were = "recording was" if len(mixed) == 1 else "recordings were"
        notes.append(f"{len(mixed)} {were} mixed down from {most} to their mean.")
    if rates:
        shown = ", ".join(f"{count} of {rate_hz:,} Hz" for rate_hz, count in sorted(rates.items()))
        notes.append(
            f"Recordings were resampled to {sample_rate_hz:,} Hz (soxr, high quality): {shown}."
        )
    return (*notes, *_loudness(found))


def _loudness(found: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Which recordings were scaled, and which were recorded too loud."""
    beyond = [facts["peak"] for facts in found if facts["peak"] > 1.0]
    stuck = [facts["stuck_share"] for facts in found if facts["stuck_share"] >= _CLIPPED_SHARE]
    notes = []
    if beyond:
        notes.append(
            f"{len(beyond)} recordings reached beyond full scale (floats, or what a lossy decoder"
            f" overshoots), the loudest {max(beyond):.3g} times. They were divided by their peak;"
            " nothing was clipped."
        )
    if stuck:
        notes.append(
            f"{len(stuck)} recordings are clipped already: {_CLIPPED_SHARE:.1%} to"
            f" {max(stuck):.1%} of their samples lie in runs at full scale. They were used as they"
            " are."
        )
    return tuple(notes)
