"""How many changed copies of recordings are found, and how many honest ones are called copies.

    python -m benchmarks.leaks.recordings FOLDER [COPIES]

FOLDER holds WAV files, such as the 3,000 of the Free Spoken Digit Dataset. Honest: all pairs of
different files that the search compares. Copies: COPIES (100) files, changed in each of the ways.
What the search costs for many more: `benchmarks/leaks/neighbours.py`.

Measured on the 3,000 with 60 copies of each kind: no honest pair is called a copy. Found are at
least 58 of 60 but for GSM (28), 8 bits (49), IMA ADPCM (51) and 6 kHz (55).
The threshold, 0.9, lies above honest pairs (at most 0.86); simple sounds need 0.99.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from shared.contract import Examples
from shared.datasheet.contents import read_contents
from shared.datasheet.near_duplicates import are_copies, find_near_pairs

__all__ = ["CHANGES", "count_found", "main"]

Change = Callable[[NDArray[np.float64], int], tuple[NDArray[np.float64], int]]


def _encoded(form: str, subtype: str | None = None, **options: Any) -> Change:
    def change(samples: NDArray[np.float64], rate_hz: int) -> tuple[NDArray[np.float64], int]:
        stream = io.BytesIO()
        soundfile.write(stream, samples, rate_hz, format=form, subtype=subtype, **options)
        stream.seek(0)
        decoded, rate_hz = soundfile.read(stream)
        return np.asarray(decoded), int(rate_hz)

    return change


def _resampled(new_hz: int) -> Change:
    return lambda samples, rate_hz: (soxr.resample(samples, rate_hz, new_hz), new_hz)


def _cut(start: float, end: float) -> Change:
    def change(samples: NDArray[np.float64], rate_hz: int) -> tuple[NDArray[np.float64], int]:
        first, last = (min(int(cut * rate_hz), len(samples) // 5) for cut in (start, end))
        return samples[first : len(samples) - last], rate_hz

    return change


CHANGES: Mapping[str, Change] = {
    "MP3": _encoded("MP3"),
    "MP3, lowest bit rate": _encoded("MP3", bitrate_mode="CONSTANT", compression_level=0.9),
    "Ogg Vorbis": _encoded("OGG", "VORBIS"),
    "Opus": _encoded("OGG", "OPUS"),
    "µ-law": _encoded("WAV", "ULAW"),
    "A-law": _encoded("WAV", "ALAW"),
    "IMA ADPCM": _encoded("WAV", "IMA_ADPCM"),
    "GSM 6.10": _encoded("WAV", "GSM610"),
    "8 bits": _encoded("WAV", "PCM_U8"),
    "44.1 kHz": _resampled(44_100),
    "6 kHz": _resampled(6000),
    "a fifth as loud": lambda samples, rate_hz: (0.2 * samples, rate_hz),
    "inverted": lambda samples, rate_hz: (-samples, rate_hz),
    "first 50 ms cut": _cut(0.05, 0.0),
    "first 100 ms cut": _cut(0.1, 0.0),
    "last 100 ms cut": _cut(0.0, 0.1),
    "300 ms of silence before": lambda samples, rate_hz: (
        np.pad(samples, (int(0.3 * rate_hz), 0)),
        rate_hz,
    ),
}


def _wav(samples: NDArray[np.float64], rate_hz: int) -> bytes:
    stream = io.BytesIO()
    at_model_rate = samples if rate_hz == 8000 else soxr.resample(samples, rate_hz, 8000)
    soundfile.write(stream, at_model_rate, 8000, format="WAV", subtype="PCM_16")
    return stream.getvalue()


def _copies_among(content: list[bytes]) -> NDArray[np.int64]:
    """Pairs of rows (m, 2) that are called copies."""
    wire = np.array(content, dtype=object)
    names = np.array([str(row) for row in range(len(wire))])
    zeros = np.zeros(len(wire), dtype=np.int64)
    examples = Examples(
        names, names, zeros, _no_groups(len(wire)), lambda rows: {"wav": wire[rows]}
    )
    contents = read_contents({"train": examples}, "sound")
    pairs = find_near_pairs(contents)
    return pairs[are_copies(pairs, contents)]


def _no_groups(num_rows: int) -> Any:
    import pandas as pd

    return pd.DataFrame(index=range(num_rows))


def count_found(
    sounds: list[tuple[NDArray[np.float64], int]], change: Change, chosen: NDArray[np.int64]
) -> int:
    """Of the chosen sounds, changed and put beside all: how many are found."""
    content = [_wav(*sound) for sound in sounds]
    changed = [_wav(*change(*sounds[row])) for row in chosen.tolist()]
    pairs = _copies_among(content + changed)
    expected = {(row, len(sounds) + place) for place, row in enumerate(chosen.tolist())}
    # A copy that is equal byte for byte is found by its digest.
    equal: int = sum(content[row] == new for row, new in zip(chosen.tolist(), changed, strict=True))
    return len(expected & {(first, second) for first, second in pairs.tolist()}) + equal


def main(folder: Path, num_copies: int) -> None:
    """Print the share of copies found by kind, and the honest pairs that are called copies."""
    sounds = [soundfile.read(path) for path in sorted(folder.glob("*.wav"))]
    honest = _copies_among([_wav(*sound) for sound in sounds])
    print(f"honest: {len(honest)} pairs of {len(sounds):,} recordings are called copies")
    chosen = np.random.default_rng(0).choice(len(sounds), num_copies, replace=False)
    sample = np.unique(np.concatenate([chosen, np.arange(min(500, len(sounds)))]))
    few = [sounds[row] for row in sample.tolist()]
    places = np.searchsorted(sample, chosen)
    for name, change in CHANGES.items():
        print(f"{name}: {count_found(few, change, places)} of {num_copies} found", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
