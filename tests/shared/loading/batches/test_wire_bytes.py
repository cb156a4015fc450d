from __future__ import annotations

import tensorflow as tf

from shared.loading.batches.wire_bytes import (
    big_endian,
    bytes_at,
    first_words,
    little_endian,
    said,
    text_at,
)

_ITEMS = [b"\x01\x02\x03\x04", b"\x05", b""]


def test_what_lies_behind_the_end_is_nothing() -> None:
    assert text_at(_ITEMS, 1, 2).numpy().tolist() == [b"\x02\x03", b"", b""]
    assert bytes_at(_ITEMS, 0, 2).numpy().tolist() == [[1, 2], [5, 0], [0, 0]]
    assert bytes_at(_ITEMS, 2**40, 2).numpy().tolist() == [[0, 0]] * 3


def test_each_item_may_be_read_from_a_place_of_its_own() -> None:
    offsets = tf.constant([3, 0, 7], tf.int64)
    assert bytes_at(_ITEMS, offsets, 1).numpy().tolist() == [[4], [5], [0]]


def test_numbers_are_read_in_both_orders() -> None:
    values = bytes_at(_ITEMS, 0, 4)
    assert int(little_endian(values)[0]) == 0x04030201
    assert int(big_endian(values)[0]) == 0x01020304


def test_the_first_broken_rule_has_the_word() -> None:
    count = tf.constant([1, 2, 3])
    rules = [(count > 2, "many"), (count > 1, said("there are ", count))]
    assert first_words(rules).numpy().tolist() == [b"", b"there are 2", b"many"]
