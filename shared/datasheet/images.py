"""The fingerprint of an image.

A difference hash, and a thumbnail that confirms what the hash suggests.

The hash alone takes any two images with a dark spot in a bright disc for the same; the edges of
the thumbnail do not.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

__all__ = ["HASH_WORDS", "edge_correlation", "fingerprint_image"]

HASH_WORDS = 1
"""The first word is the hash, the rest is the thumbnail."""

_THUMBNAIL_PX = 16
_LARGEST_STEP = 8.0
_LEAST_SPREAD = 1.0
"""Standard deviation of grey levels (0 to 255) below which a thumbnail is flat: its hash would be
that of any other flat image."""


def fingerprint_image(content: Any) -> NDArray[np.uint64] | None:
    """The 64-bit difference hash of an image (dHash; Krawetz 2013), then its grey thumbnail.

    The thumbnail has 16 × 16 pixels, packed into 32 words.

    Args:
        content: Bytes of an image file, or (height, width, 1 or 3) uint8 pixels.

    Returns:
        (33,) uint64; None if the image can't be decoded or is flat.
    """
    image = _open_grey(content)
    if image is None:
        return None
    thumbnail = np.asarray(
        image.resize((_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.BOX), dtype=np.uint8
    )
    if thumbnail.std() < _LEAST_SPREAD:
        return None
    small = np.asarray(image.resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    bits = np.packbits(small[:, 1:] > small[:, :-1])  # (8,) uint8
    return np.concatenate([bits, thumbnail.ravel()]).view(np.uint64)


def edge_correlation(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.float64]:
    """How far thumbnails of pairs of fingerprints agree in their edges.

    It is the correlation of the steps between neighbouring pixels, without subtracting their means.

    Steps are cut at 8 grey levels, so that a frame or vignette that two images share does not
    outweigh what they show. Copies recompressed, halved, brightened or stretched stay above 0.97;
    different images with nearly the same hash lie below 0.92; a copy with 2 px cut off on each
    side may lie on either side of 0.95 (measured on 8,011 dermatoscopic images of 200 × 150 px).

    Args:
        first: (pairs, 33) uint64.
        second: (pairs, 33) uint64.

    Returns:
        (pairs,) float64 in [-1, 1].
    """
    left = _edges(first)
    right = _edges(second)
    sizes = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    return np.asarray((left * right).sum(axis=1) / np.maximum(sizes, 1e-9))


def _edges(fingerprints: NDArray[np.uint64]) -> NDArray[np.float64]:
    pixels = np.ascontiguousarray(fingerprints[:, HASH_WORDS:]).view(np.uint8).astype(np.float64)
    thumbnails = pixels.reshape(-1, _THUMBNAIL_PX, _THUMBNAIL_PX)
    steps = [
        np.diff(thumbnails, axis=axis).reshape(len(thumbnails), _THUMBNAIL_PX * (_THUMBNAIL_PX - 1))
        for axis in (1, 2)
    ]
    return np.clip(np.concatenate(steps, axis=1), -_LARGEST_STEP, _LARGEST_STEP)


def _open_grey(content: Any) -> Image.Image | None:
    if not isinstance(content, bytes):
        pixels = np.asarray(content)
        return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).convert("L")
    try:
        with Image.open(io.BytesIO(content)) as opened:
            # JPEG: decode at a fraction of the size.
            opened.draft("L", (2 * _THUMBNAIL_PX, 2 * _THUMBNAIL_PX))
            return opened.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
