"""One pass over the wire rows of all splits.

What kind of content they are, their exact digests and their fingerprints.

Features are read once, in chunks, so that memory does not grow with the data. All rows are
digested, unless the caller asks for a sample; fingerprints, which need the content decoded, are
taken of all but images, of at most `MOST_IMAGES`. They lie in a file that has no name: a sound has
8 KB.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import ContentKind, Examples, Rows
from shared.datasheet.images import fingerprint_image
from shared.datasheet.sounds import fingerprint_sound
from shared.datasheet.texts import fingerprint_text
from shared.errors import ContractError

__all__ = ["MOST_IMAGES", "Contents", "read_contents"]

MOST_IMAGES = 20_000
"""Above this number of images, near-duplicates are sought among a sample: each is compared with
each other, about 2 s for so many."""

_CHUNK_ROWS = 256
_FINGERPRINTERS: Mapping[ContentKind, Callable[[Any], NDArray[np.uint64] | None]] = {
    "image": fingerprint_image,
    "sound": fingerprint_sound,
    "text": fingerprint_text,
}


@dataclass(frozen=True)
class Contents:
    """What was read of all rows, splits one after the other.

    Attributes:
        kind: Of the content.
        wire: Name of each wire array -> its type in words, such as "text", "bytes of files" or
            "float32 168 × 1".
        rows: (n,) int64, increasing: the numbers of the rows that were read; all, or a sample.
        digests: (n,) hex digests of these: equal where wire rows are equal.
        fingerprinted: (m,) int64, increasing: the rows that were compared for likeness.
        fingerprints: (m, words) uint64; how to compare them depends on the kind. Zero columns where
            the kind has none.
        num_featureless: Rows without enough in them to be like anything: flat images, silence,
            empty texts.
    """

    kind: ContentKind
    wire: Mapping[str, str]
    rows: NDArray[np.int64]
    digests: NDArray[np.bytes_]
    fingerprinted: NDArray[np.int64]
    fingerprints: NDArray[np.uint64]
    num_featureless: int


def read_contents(
    splits: Mapping[str, Examples],
    kind: ContentKind,
    *,
    beside: Collection[str] = (),
    max_rows: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Contents:
    """Read every row of every split once, or of a sample over all splits.

    Args:
        splits: In the order in which rows are numbered; none empty.
        kind: Of their content, as the pipeline declares it.
        beside: Wire arrays that are no content of their own: two rows with one image are equal,
            whatever is known of each.
        max_rows: Rows to read at most; None for all.
        progress: Told rows done and rows in all.

    Raises:
        ContractError: Content that is compared for likeness is not one array of the wire.
    """
    first = next(iter(splits.values())).rows(np.zeros(1, dtype=np.int64))
    _check_wire(_without(first, beside), kind)
    num_rows = sum(len(examples) for examples in splits.values())
    read = _sample(np.arange(num_rows, dtype=np.int64), max_rows)
    sampled = _compared(read, kind)
    digests: list[bytes] = []
    numbers: list[int] = []
    with tempfile.TemporaryFile() as file:
        for of_chunk, rows in _read_chunks(splits, read, beside):
            digests += _digest_rows(rows)
            numbers += _write_fingerprints(file, rows, kind, of_chunk, sampled)
            progress(len(digests), len(read))
        fingerprints = _mapped(file, len(numbers))
    return Contents(
        kind=kind,
        wire={name: _describe_wire(values, kind) for name, values in first.items()},
        rows=read,
        digests=np.array(digests, dtype="S32"),
        fingerprinted=np.array(numbers, dtype=np.int64),
        fingerprints=fingerprints,
        num_featureless=len(sampled) - len(numbers),
    )


def _without(rows: Rows, beside: Collection[str]) -> Rows:
    return {name: values for name, values in rows.items() if name not in beside}


def _check_wire(rows: Rows, kind: ContentKind) -> None:
    if kind in _FINGERPRINTERS and len(rows) != 1:
        raise ContractError(
            f"The content is declared as {kind!r}, which is one array of the wire; received"
            f" {', '.join(rows)}. Declare 'numbers'."
        )


def _compared(read: NDArray[np.int64], kind: ContentKind) -> set[int]:
    """The rows of which fingerprints are taken."""
    if kind not in _FINGERPRINTERS:
        return set()
    return set(_sample(read, MOST_IMAGES if kind == "image" else None).tolist())


def _mapped(file: IO[bytes], num_rows: int) -> NDArray[np.uint64]:
    """(m, words), read from the file as they are needed; no columns if there is none."""
    file.flush()
    if not num_rows:
        return np.zeros((0, 0), dtype=np.uint64)
    return np.memmap(file, dtype=np.uint64, mode="r").reshape(num_rows, -1)


def _sample(rows: NDArray[np.int64], most: int | None) -> NDArray[np.int64]:
    """At most so many of the rows, in their order; the same ones each time."""
    if most is None or len(rows) <= most:
        return rows
    generator = np.random.default_rng([30, 3])
    return np.asarray(np.sort(generator.choice(rows, size=most, replace=False)))


def _read_chunks(
    splits: Mapping[str, Examples], read: NDArray[np.int64], beside: Collection[str]
) -> Iterator[tuple[NDArray[np.int64], Rows]]:
    """Numbers and wire batches of the rows to read; none spans two splits."""
    offset = 0
    for examples in splits.values():
        wanted = read[(read >= offset) & (read < offset + len(examples))]
        for start in range(0, len(wanted), _CHUNK_ROWS):
            numbers = wanted[start : start + _CHUNK_ROWS]
            yield numbers, _without(examples.rows(numbers - offset), beside)
        offset += len(examples)


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
    if isinstance(value, np.ndarray) and value.dtype.kind in "OSU":
        # Not the memory of an array of objects, which holds their addresses.
        return _digest([_as_bytes(item) for item in value.reshape(-1).tolist()])
    if isinstance(value, str):
        return value.encode(errors="surrogatepass")
    return np.ascontiguousarray(value).tobytes()


def _write_fingerprints(
    file: IO[bytes],
    rows: Rows,
    kind: ContentKind,
    numbers: NDArray[np.int64],
    sampled: set[int],
) -> list[int]:
    """Append the fingerprints of the sampled rows that have one; their numbers."""
    if kind not in _FINGERPRINTERS:
        return []
    (values,) = rows.values()
    written = []
    for number, value in zip(numbers.tolist(), values, strict=True):
        fingerprint = _FINGERPRINTERS[kind](value) if number in sampled else None
        if fingerprint is not None:
            file.write(fingerprint.tobytes())
            written.append(number)
    return written


def _describe_wire(values: NDArray[Any], kind: ContentKind) -> str:
    shape = " × ".join(map(str, values.shape[1:]))
    if values.dtype.kind not in "OSU":
        return f"{values.dtype.name} {shape}".strip()
    first = next(iter(values.reshape(-1).tolist()), "")
    name = "text" if isinstance(first, str) or kind == "text" else "bytes of files"
    return f"{name} {shape}".strip()
