"""What an input is like in a few numbers, whatever it is: as the datasheet, without a domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.monitoring.columns import Numeric

__all__ = ["describe_inputs"]

_MOST_CHANNELS = 16
"""Along the last axis, that are described one by one."""

_Described = Iterator[tuple[str, NDArray[np.float64]]]


def describe_inputs(
    wire: Rows, decoded: Rows, names: Mapping[str, tuple[str, ...]]
) -> list[Numeric]:
    """Numbers of each row.

    Of texts: characters, words, characters a word and the share of characters that are no letters.
    Of files: their bytes. Of decoded numbers, and of each channel: mean, spread, mean step along
    the first axis, and the share that is missing or 0. Columns that never vary stay: they may begin
    to.

    Args:
        wire: A wire batch.
        decoded: The same rows, decoded.
        names: Wire array -> the names along its last axis, where it has any.
    """
    columns: dict[str, NDArray[np.float64]] = {}
    for name, values in wire.items():
        if values.dtype.kind in "OSU":
            columns |= dict(_describe_items(name, values, names.get(name)))
    for name, values in decoded.items():
        if values.dtype.kind in "biuf":
            columns |= dict(_describe_numbers(name, values, names.get(name)))
    return [Numeric("inputs", name, values) for name, values in columns.items()]


def _describe_items(
    name: str, values: NDArray[np.object_], names: tuple[str, ...] | None
) -> _Described:
    if values.ndim == 2:
        titles = names or tuple(map(str, range(values.shape[1])))
        for title, column in zip(titles, values.T, strict=True):
            yield f"{title}: characters", _lengths(column)
    elif len(values) and isinstance(values[0], bytes):
        yield f"{name}: bytes", _lengths(values)
    elif values.ndim == 1:
        yield from _describe_texts(name, [str(value) for value in values])


def _lengths(values: NDArray[np.object_]) -> NDArray[np.float64]:
    return np.array([len(value) for value in values.tolist()], dtype=np.float64)


def _describe_texts(name: str, texts: list[str]) -> _Described:
    characters = np.array([len(text) for text in texts], dtype=np.float64)
    words = np.array([len(text.split()) for text in texts], dtype=np.float64)
    letters = np.array([sum(map(str.isalpha, text)) for text in texts], dtype=np.float64)
    yield f"{name}: characters", characters
    yield f"{name}: words", words
    yield f"{name}: letters a word", letters / np.maximum(words, 1.0)
    yield f"{name}: share of other characters", 1.0 - letters / np.maximum(characters, 1.0)


def _describe_numbers(
    name: str, values: NDArray[np.generic], names: tuple[str, ...] | None
) -> _Described:
    numbers = values.astype(np.float64)
    if numbers.ndim < 3 or numbers.shape[-1] > _MOST_CHANNELS:
        # (rows, everything): one channel
        yield from _describe_channel(name, numbers.reshape(len(numbers), -1))
        return
    titles = names or tuple(f"channel {number + 1}" for number in range(numbers.shape[-1]))
    for number, title in enumerate(titles):
        yield from _describe_channel(f"{name} {title}", numbers[..., number])


def _describe_channel(name: str, values: NDArray[np.float64]) -> _Described:
    """Of (rows, …), each row by itself, so that it does not depend on the rows beside it."""
    places = tuple(range(1, values.ndim))
    finite = np.isfinite(values)
    known = np.where(finite, values, 0.0)
    num_known = np.maximum(finite.sum(axis=places), 1)
    mean = known.sum(axis=places) / num_known
    away = np.where(finite, values - mean.reshape(-1, *(1 for _ in places)), 0.0)
    has_any = finite.any(axis=places)
    spread = np.sqrt((away**2).sum(axis=places) / num_known)
    yield f"{name}: mean", np.where(has_any, mean, np.nan)
    yield f"{name}: spread", np.where(has_any, spread, np.nan)
    if values.shape[1] > 1:
        steps = np.abs(np.diff(away, axis=1)).mean(axis=places)
        yield f"{name}: mean step", np.where(has_any, steps, np.nan)
    nothing = (~finite | (values == 0.0)).mean(axis=places)
    yield f"{name}: share missing or 0", nothing
