"""The first image of a GIF file, found in the graph: the decoder would unpack all of them.

Blocks: CompuServe, "Graphics Interchange Format, version 89a" (1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from shared.loading.batches.wire_bytes import bytes_at, item_lengths, little_endian, text_at

__all__ = ["GifHeaders", "first_image_alone", "read_gif_headers"]

_MOST_BLOCKS = 512  # of remarks before the image
_HEADER_BYTES = 13
_DESCRIPTOR_BYTES = 10
_EXTENSION, _IMAGE = 0x21, 0x2C
_TRAILER = b";"


@dataclass(frozen=True)
class GifHeaders:
    """What GIF headers say; each (batch,) int64, 0 where they do not say it.

    Attributes:
        screen_px: Pixels of the screen on which images are laid.
        image_px: Pixels of the first image.
        data: Where its packed data begins.
    """

    screen_px: Any
    image_px: Any
    data: Any


def read_gif_headers(files: Any) -> GifHeaders:
    """Walk through the blocks of GIF files (batch,) string up to their first image.

    Of other files nothing is read.
    """
    is_gif = tf.strings.regex_full_match(text_at(files, 0, 6), "GIF8[79]a")
    header = bytes_at(files, 0, _HEADER_BYTES)
    screen = _area(header[:, 6:10])
    zeros = tf.zeros_like(item_lengths(files))

    def goes_on(offset: Any, is_inside: Any, is_done: Any, *found: Any) -> Any:
        return tf.reduce_any(tf.logical_not(is_done))

    def step(offset: Any, is_inside: Any, is_done: Any, image: Any, data: Any) -> tuple[Any, ...]:
        block = bytes_at(files, offset, _DESCRIPTOR_BYTES)
        first = block[:, 0]
        is_image = (first == _IMAGE) & ~is_inside & ~is_done
        is_extension = (first == _EXTENSION) & ~is_inside & ~is_done
        is_data = is_inside & ~is_done
        after = offset + _DESCRIPTOR_BYTES + _table_bytes(block[:, 9])
        moved = tf.where(is_extension, offset + 2, offset)
        moved = tf.where(is_data, offset + 1 + first, moved)
        is_done = is_done | is_image | ~(is_extension | is_data)
        is_inside = tf.where(is_data, first > 0, is_extension)
        image = tf.where(is_image, _area(block[:, 5:9]), image)
        return moved, is_inside, is_done, image, tf.where(is_image, after, data)

    offset = _HEADER_BYTES + _table_bytes(header[:, 10])
    nowhere = tf.zeros_like(is_gif)
    start = (offset, nowhere, tf.logical_not(is_gif), zeros, zeros)
    found = tf.while_loop(goes_on, step, start, maximum_iterations=_MOST_BLOCKS)
    return GifHeaders(tf.where(is_gif, screen, 0), found[3], found[4])


def first_image_alone(content: Any, data: Any) -> Any:
    """One GIF file without what follows its first image, scalar string; other files as they are.

    Args:
        content: Scalar string.
        data: Scalar int64, as `GifHeaders.data`.
    """

    def cut() -> Any:
        values = tf.cast(tf.io.decode_raw(content, tf.uint8), tf.int64)
        values = tf.concat([values, [0]], axis=0)  # whatever is cut off ends here
        last = tf.size(values, out_type=tf.int64) - 1

        def goes_on(offset: Any) -> Any:
            return values[offset] > 0

        def step(offset: Any) -> Any:
            return (tf.minimum(offset + 1 + values[offset], last),)

        # Behind the code size lie blocks of up to 255 bytes, each after its length; 0 ends them.
        (end,) = tf.while_loop(goes_on, step, (tf.minimum(data + 1, last),))
        return tf.strings.join(
            [tf.strings.substr(content, tf.zeros_like(end), end), b"\0" + _TRAILER]
        )

    return tf.cond(data > 0, cut, lambda: content)


def _area(size: Any) -> Any:
    """Width times height, each in two bytes."""
    return little_endian(size[:, :2]) * little_endian(size[:, 2:])


def _table_bytes(flags: Any) -> Any:
    """Bytes of the colour table that flags announce: 3 for each of 2^(last 3 bits + 1) colours."""
    size = 3 * tf.bitwise.left_shift(tf.ones_like(flags), flags % 8 + 1)
    return tf.where(flags >= 128, size, 0)
