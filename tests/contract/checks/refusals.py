"""Check 15: what no model should be asked, the served graph refuses: alone, in words, with finite numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows
from tests.contract.case import Case

__all__ = ["check_refuses"]

_NUM_ROWS = 5
_PLACES = (0, 3)
"""Where an item stands among good ones: first, and between."""

_LONGEST_WORDS = 200
_HOSTILE_BYTES = (b"", b"\xff\xfe\x00 no file at all \x80", bytes(2**16))
_HOSTILE_NUMBERS = (np.nan, np.inf, -np.inf)


def check_refuses(case: Case) -> None:
    """Each of `unusable_items` gets an `error` alone, and whatever is sent, neighbours keep their bits and numbers are finite."""
    endpoints = case.served.signatures
    wire = case.wire(_NUM_ROWS)
    items = case.pipeline.unusable_items(case.config)
    assert items, "it names no item that the graph must refuse: see `unusable_items`"
    for endpoint, function in endpoints.items():
        if function.structured_input_signature[1].keys() != wire.keys():
            continue  # a stream, which takes no items
        good = _ask(function, wire)
        assert not any(good["error"]), f"{endpoint} refuses a good row: {good['error'].tolist()}"
        for kind, item in items.items():
            for place in _PLACES:
                answers = _ask(function, _with(wire, item, place))
                _assert_alone(good, answers, place, f"{endpoint}, {kind!r}")
                _assert_refused(answers, place, f"{endpoint}, {kind!r}")
        for kind, item in _hostile(wire):
            answers = _ask(function, _with(wire, item, 1))
            _assert_alone(good, answers, 1, f"{endpoint}, {kind}")


def _hostile(wire: Rows) -> Iterator[tuple[str, Rows]]:
    """Items of which nothing is known but that no server can keep them out."""
    first = {name: values[:1] for name, values in wire.items()}
    for name, values in first.items():
        if values.dtype.kind in "OUS":
            for content in _HOSTILE_BYTES:
                item = np.full(values.shape, content, dtype=object)
                yield f"{name} of {content[:16]!r}", {**first, name: item}
        elif values.dtype.kind == "f":
            for number in (*_HOSTILE_NUMBERS, np.finfo(values.dtype).max):
                yield f"{name} of {number}", {**first, name: np.full_like(values, number)}


def _assert_alone(
    good: dict[str, NDArray[Any]], answers: dict[str, NDArray[Any]], place: int, what: str
) -> None:
    others = np.arange(_NUM_ROWS) != place
    for name, values in answers.items():
        assert np.array_equal(values[others], good[name][others]), (
            f"{what}: {name!r} of other rows changes with it"
        )
        if values.dtype.kind == "f":
            assert np.isfinite(values).all(), f"{what}: {name!r} is not finite"


def _assert_refused(answers: dict[str, NDArray[Any]], place: int, what: str) -> None:
    words = answers["error"][place].decode()
    assert words, f"{what}: it is answered instead of refused"
    assert len(words) <= _LONGEST_WORDS and "\n" not in words and "[[" not in words, (
        f"{what}: {words!r} is not half a sentence for people"
    )
    for name in ("abstain", "is_ood"):
        assert name not in answers or answers[name][place] == 1, (
            f"{what}: {name!r} says that the answer can be used"
        )
    assert answers.get("class_name", np.full(_NUM_ROWS, b""))[place] == b"", (
        f"{what}: it is given a class"
    )


def _with(wire: Rows, item: Rows, place: int) -> Rows:
    mixed = {}
    for name, values in wire.items():
        changed = values.astype(object) if values.dtype.kind in "OUS" else values.copy()
        changed[place] = item[name][0]
        mixed[name] = changed
    return mixed


def _ask(function: Any, wire: Rows) -> dict[str, NDArray[Any]]:
    specs = function.structured_input_signature[1]
    tensors = {
        name: tf.constant(values.tolist() if values.dtype == object else values, specs[name].dtype)
        for name, values in wire.items()
    }
    return {name: np.asarray(tensor) for name, tensor in function(**tensors).items()}
