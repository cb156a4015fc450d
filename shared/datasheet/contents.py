"""One pass over the wire rows of all parts: what kind of content they are, their exact digests and their fingerprints.

Features are read once, in chunks, so that memory does not grow with the data. All rows are digested; fingerprints, which need the
content decoded, are taken of at most `MAX_FINGERPRINTS` rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples, Rows
from shared.datasheet.pictures import fingerprint_picture
from shared.datasheet.sounds import fingerprint_sound
from shared.datasheet.texts import fingerprint_text

__all__ = ["MAX_FINGERPRINTS", "Contents", "Kind", "read_contents"]

Kind = Literal["picture", "sound", "text", "numbers"]
"""What one wire row holds, told from its bytes or its shape, not from its domain."""

MAX_FINGERPRINTS = 20_000
"""Above this number of rows, near-duplicates are sought among a sample: each row is compared with each other, about 2 s for so many."""

_CHUNK_ROWS = 256
_SOUND_SIGNATURES = (b"RIFF", b"fLaC", b"OggS", b"FORM")
_FINGERPRINTERS: Mapping[Kind, Callable[[Any], NDArray[np.uint64] | None]] = {
    "picture": fingerprint_picture,
    "sound": fingerprint_sound,
    "text": fingerprint_text,
}


@dataclass(frozen=True)
class Contents:
    """What was read of all rows, parts one after the other.

    Attributes:
        kind: Of the content.
        wire: Name of each wire array -> its type in words, such as "text", "bytes of files" or "float32 168 × 1".
        digests: (n,) bytes of length 16: equal where wire rows are equal.
        fingerprinted: (m,) int64, increasing: the rows that were compared for likeness.
        fingerprints: (m, words) uint64; how to compare them depends on the kind. Zero columns where the kind has none.
        num_featureless: Rows without enough in them to be like anything: flat pictures, silence, empty texts.
    """

    kind: Kind
    wire: Mapping[str, str]
    digests: NDArray[np.bytes_]
    fingerprinted: NDArray[np.int64]
    fingerprints: NDArray[np.uint64]
    num_featureless: int


def read_contents(
    parts: Mapping[str, Examples], *, seed: int = 0, progress: Callable[[int, int], None] = lambda done, total: None
) -> Contents:
    """Read every row of every part once.

    Args:
        parts: In the order in which rows are numbered; none empty.
        seed: Draws the rows to fingerprint where there are too many.
        progress: Told rows done and rows in all.
    """
    total = sum(len(examples) for examples in parts.values())
    first = next(iter(parts.values())).rows(np.zeros(1, dtype=np.int64))
    kind = _kind_of(first)
    sampled = _sample(total, seed) if kind in _FINGERPRINTERS else np.zeros(total, dtype=np.bool_)
    digests: list[bytes] = []
    found: list[tuple[int, NDArray[np.uint64]]] = []
    for examples in parts.values():
        for start in range(0, len(examples), _CHUNK_ROWS):
            rows = examples.rows(np.arange(start, min(start + _CHUNK_ROWS, len(examples)), dtype=np.int64))
            offset = len(digests)
            digests += _digest_rows(rows)
            found += _fingerprint_rows(rows, kind, offset, sampled)
            progress(len(digests), total)
    width = len(found[0][1]) if found else 0
    return Contents(
        kind=kind,
        wire={name: _describe_wire(values) for name, values in first.items()},
        digests=np.array(digests, dtype="S32"),
        fingerprinted=np.array([row for row, _ in found], dtype=np.int64),
        fingerprints=np.array([fingerprint for _, fingerprint in found], dtype=np.uint64).reshape(len(found), width),
        num_featureless=int(sampled.sum()) - len(found),
    )


def _sample(total: int, seed: int) -> NDArray[np.bool_]:
    chosen = np.ones(total, dtype=np.bool_)
    if total > MAX_FINGERPRINTS:
        kept = np.random.default_rng([seed, 30]).choice(total, size=MAX_FINGERPRINTS, replace=False)
        chosen = np.isin(np.arange(total), kept)
    return chosen


def _kind_of(rows: Rows) -> Kind:
    if len(rows) != 1:
        return "numbers"
    (values,) = rows.values()
    if values.dtype.kind in "OSU":
        return _kind_of_object(values[0])
    if values.dtype == np.uint8 and values.ndim == 4 and values.shape[-1] in (1, 3):
        return "picture"
    return "sound" if values.dtype.kind == "f" and values.ndim == 2 and values.shape[1] >= 1000 else "numbers"


def _kind_of_object(value: Any) -> Kind:
    if isinstance(value, str):
        return "text"
    if value[:4] in _SOUND_SIGNATURES and value[8:12] != b"WEBP":
        return "sound"
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return "picture"
    return "text"


def _digest_rows(rows: Rows) -> list[bytes]:
    """One hex digest per row, over all of its arrays in the order of their names."""
    names = sorted(rows)
    num_rows = len(rows[names[0]])
    return [_digest([_as_bytes(rows[name][row]) for name in names]) for row in range(num_rows)]


def _digest(pieces: list[bytes]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for piece in pieces:
        digest.update(len(piece).to_bytes(8, "little") + piece)
    # As hex: NumPy's byte strings lose trailing zeros.
    return digest.hexdigest().encode()


def _as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return bytes(value)
    return str(value).encode() if isinstance(value, str) else np.ascontiguousarray(value).tobytes()


def _fingerprint_rows(rows: Rows, kind: Kind, offset: int, sampled: NDArray[np.bool_]) -> list[tuple[int, NDArray[np.uint64]]]:
    if kind not in _FINGERPRINTERS:
        return []
    (values,) = rows.values()
    fingerprint = _FINGERPRINTERS[kind]
    made = [(offset + place, fingerprint(value)) for place, value in enumerate(values) if sampled[offset + place]]
    return [(row, value) for row, value in made if value is not None]


def _describe_wire(values: NDArray[Any]) -> str:
    if values.dtype.kind in "OSU":
        return "bytes of files" if _kind_of_object(values[0]) != "text" else "text"
    shape = " × ".join(map(str, values.shape[1:]))
    return f"{values.dtype.name} {shape}".strip()
