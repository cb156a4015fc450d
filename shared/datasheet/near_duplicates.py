"""Pairs of rows that are almost the same, found by comparing fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from shared.datasheet.contents import MOST_IMAGES, Contents
from shared.datasheet.duplicates import Everyone, group_pairs, repeats_of
from shared.datasheet.images import HASH_WORDS, edge_correlation
from shared.datasheet.neighbours import nearest_pairs
from shared.datasheet.sounds import sound_correlation, spectral_shape, spectral_width
from shared.datasheet.texts import NUM_HASHES, likeness
from shared.run.artefacts.data.repeats import NearDuplicatesRecord

__all__ = ["METHODS", "are_copies", "describe_near_duplicates", "find_near_pairs"]

METHODS = {
    "image": (
        "64-bit difference hashes at most 4 bits apart, and edges of 16 × 16 grey thumbnails that"
        " correlate by at least 0.95"
    ),
    "sound": (
        "waveforms (150 to 3,400 Hz, half flattened) that correlate by at least 0.87, shifted by up"
        " to 0.15 s"
    ),
    "text": "sets of three-word runs with a Jaccard likeness of at least 0.7, estimated by MinHash",
}
"""What counts as almost the same, for the report."""

_IMAGE_BITS = 4
_IMAGE_CORRELATION = 0.95
_SOUND_CORRELATION = 0.87
_TEXT_LIKENESS = 0.7

_COPY_CORRELATION = 0.98
_COPY_SOUND_CORRELATION = 0.9
_SIMPLE_WIDTH = 10.0
_SIMPLE_SOUND_CORRELATION = 0.99
"""From here on, images and sounds are the same one, encoded differently. Of 8,011 dermatoscopic
images, no two of different lesions correlate by 0.97; recompressed at quality 90, all stay above
0.99, at quality 50 99 in 100 above 0.968 (median 0.99). Of 3,000 spoken digits, no two of different
recordings correlate by more than 0.86 (of one word by one speaker); MP3, Ogg, Opus, µ-law, A-law,
other rates and other cuts nearly always leave more than 0.9 (`benchmarks/leaks/recordings.py`).
Simple sounds (beeps, sweeps, generated words) are alike whoever made them, up to 0.97: there a copy
needs more, which 1 in 20 spoken digits must meet as well."""

_BLOCK_ROWS = 256
_SOUND_NEIGHBOURS = 3
_LEAST_SHAPE = 0.7
"""Correlation of spectra below which two sounds are not compared: copies have 0.76 and more."""
_BAND_HASHES = 4
_BUCKET_NEIGHBOURS = 20
_PAIRS_AT_ONCE = 2**14
"""Of texts, 1 KB each for what is compared, and several times that meanwhile."""


def find_near_pairs(contents: Contents) -> NDArray[np.int64]:
    """Pairs of rows that are like each other but not equal.

    Equal rows are represented by the first of them. Images: every pair is compared. Sounds: each
    with the three whose spectra are most like its own, as random trees find them. Texts: those that
    share one of 32 bands of 4 hashes (two texts of likeness 0.7 are missed with probability 2e-4);
    of a band shared by many, each text is compared with the next 20, which keeps the cost linear
    where thousands of texts follow one template.

    Returns:
        (pairs, 2) int64 row numbers, the smaller first, sorted.
    """
    digests = contents.digests[np.searchsorted(contents.rows, contents.fingerprinted)]
    _, firsts = np.unique(digests, return_index=True)
    firsts = np.sort(firsts)
    blocks: Iterable[NDArray[np.int64]] = ()
    if contents.kind == "image":
        words = contents.fingerprints[firsts, :HASH_WORDS]
        close = _close_pairs(words, _IMAGE_BITS)
        blocks = (
            _confirmed(firsts[pairs], contents, edge_correlation, _IMAGE_CORRELATION)
            for pairs in close
        )
    elif contents.kind == "sound":
        blocks = (
            _confirmed(pairs, contents, sound_correlation, _SOUND_CORRELATION)
            for pairs in _similar_shapes(contents.fingerprints, firsts)
        )
    elif contents.kind == "text":
        pairs = firsts[_banded_pairs(contents.fingerprints[firsts])]
        blocks = (
            _confirmed(pairs[at : at + _PAIRS_AT_ONCE], contents, likeness, _TEXT_LIKENESS)
            for at in range(0, len(pairs), _PAIRS_AT_ONCE)
        )
    none = np.zeros((0, 2), dtype=np.int64)
    return np.asarray(contents.fingerprinted[np.concatenate([none, *blocks])])


def describe_near_duplicates(
    contents: Contents, pairs: NDArray[np.int64], everyone: Everyone
) -> NearDuplicatesRecord:
    """Count and list content that is nearly the same.

    Args:
        contents: Where it was sought.
        pairs: (m, 2) int64 row numbers, as `find_near_pairs` gives them.
        everyone: All examples.
    """
    return NearDuplicatesRecord(
        method=METHODS.get(contents.kind),
        num_compared=len(contents.fingerprinted),
        num_featureless=contents.num_featureless,
        most_compared=MOST_IMAGES if contents.kind == "image" else None,
        **dict(repeats_of(group_pairs(pairs, len(everyone)), everyone)),
    )


def are_copies(pairs: NDArray[np.int64], contents: Contents) -> NDArray[np.bool_]:
    """Which pairs hold the same thing, written differently.

    An image or sound encoded again, a text with other case, punctuation or Unicode form.

    Args:
        pairs: (m, 2) int64 row numbers, as `find_near_pairs` gives them.
        contents: Where they were found.

    Returns:
        (m,) bool.
    """
    places = np.searchsorted(contents.fingerprinted, pairs)  # (m, 2)
    first = contents.fingerprints[places[:, 0]]
    second = contents.fingerprints[places[:, 1]]
    match contents.kind:
        case "image":
            return edge_correlation(first, second) >= _COPY_CORRELATION
        case "sound":
            return _are_same_sounds(first, second)
        case "text":
            return np.asarray((first == second).all(axis=1))
        case _:
            return np.zeros(len(pairs), dtype=bool)


def _confirmed(
    pairs: NDArray[np.int64],
    contents: Contents,
    compare: Callable[..., NDArray[np.float64]],
    least: float,
) -> NDArray[np.int64]:
    fingerprints = contents.fingerprints
    likenesses = compare(fingerprints[pairs[:, 0]], fingerprints[pairs[:, 1]])
    return pairs[likenesses >= least]


def _are_same_sounds(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.bool_]:
    widths = np.concatenate([np.zeros(0), *map(_least_width, _blocks(first), _blocks(second))])
    is_simple = widths < _SIMPLE_WIDTH
    least = np.where(is_simple, _SIMPLE_SOUND_CORRELATION, _COPY_SOUND_CORRELATION)
    return np.asarray(_correlate(first, second) >= least)


def _least_width(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.float64]:
    return np.minimum(spectral_width(first), spectral_width(second))


def _blocks(rows: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    return [rows[start : start + _BLOCK_ROWS] for start in range(0, len(rows), _BLOCK_ROWS)]


def _correlate(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.float64]:
    """`sound_correlation` in blocks: a pair unpacks to a few hundred kilobytes."""
    found = map(sound_correlation, _blocks(first), _blocks(second))
    return np.concatenate([np.zeros(0), *found])


def _similar_shapes(
    fingerprints: NDArray[np.uint64], places: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Pairs of sounds (m, 2), each once, whose spectra are among each other's most similar.

    Args:
        fingerprints: Of all, perhaps on disk.
        places: Those that are compared.
    """
    if not len(places):
        return
    blocks = (places[start : start + _BLOCK_ROWS] for start in range(0, len(places), _BLOCK_ROWS))
    shapes = np.concatenate([spectral_shape(fingerprints[block]) for block in blocks])
    pairs = places[nearest_pairs(shapes, _SOUND_NEIGHBOURS, _LEAST_SHAPE)]
    for start in range(0, len(pairs), _BLOCK_ROWS):
        yield pairs[start : start + _BLOCK_ROWS]


def _close_pairs(words: NDArray[np.uint64], most_bits: int) -> Iterator[NDArray[np.int64]]:
    """Pairs of rows whose words (n, words) differ in at most so many bits.

    All are compared, block by block.
    """
    for start in range(0, len(words), _BLOCK_ROWS):
        block = words[start : start + _BLOCK_ROWS]
        distances = np.zeros((len(block), len(words) - start), dtype=np.uint16)
        for column in range(words.shape[1]):
            distances += np.bitwise_count(block[:, None, column] ^ words[None, start:, column])
        first, second = np.nonzero(distances <= most_bits)
        ahead = second > first
        yield np.stack([first[ahead] + start, second[ahead] + start], axis=1)


def _banded_pairs(fingerprints: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Pairs of rows that share a band."""
    found = [np.zeros((0, 2), dtype=np.int64)]
    for start in range(0, NUM_HASHES if len(fingerprints) else 0, _BAND_HASHES):
        band = np.ascontiguousarray(fingerprints[:, start : start + _BAND_HASHES])
        _, buckets = np.unique(band, axis=0, return_inverse=True)
        order = np.argsort(buckets, kind="stable")
        for step in range(1, min(_BUCKET_NEIGHBOURS, len(order) - 1) + 1):
            same = buckets[order[step:]] == buckets[order[:-step]]
            if not same.any():
                break
            found.append(np.stack([order[:-step][same], order[step:][same]], axis=1))
    pairs = np.concatenate(found)
    return np.unique(np.sort(pairs, axis=1), axis=0)
