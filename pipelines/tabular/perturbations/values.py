"""What happens to values of any kind on their way into a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.loading.columns.values import TABULAR
from shared.loading.text_columns import as_column, as_text

__all__ = ["exchange", "forget", "make_nonsense", "rename", "write_otherwise"]

_SHARES = (0.1, 0.2, 0.4, 0.6, 0.8)
_RENAMED_SHARES = (0.1, 0.3, 1.0)
_FAR = 1e9


def forget(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    """Some values are not given."""
    values = rows[TABULAR]
    is_forgotten = generator.random(values.shape) < _SHARES[severity - 1]
    return _replaced(values, is_forgotten, "")


def exchange(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    """Some values stand in the line of another row: what a wrong sorting or join does."""
    values = rows[TABULAR]
    others = np.stack([generator.permutation(column) for column in values.T], axis=1)
    is_exchanged = generator.random(values.shape) < _SHARES[severity - 1]
    return {TABULAR: np.where(is_exchanged, others, values)}


def rename(
    rows: Rows, severity: int, generator: np.random.Generator, *, places: Sequence[int]
) -> Rows:
    """Some categories have a new name."""
    values = rows[TABULAR]
    is_renamed = np.zeros(values.shape, dtype=bool)
    drawn = generator.random((len(values), len(places)))
    is_renamed[:, places] = drawn < _RENAMED_SHARES[severity - 1]
    return _replaced(values, is_renamed, "a new name")


def write_otherwise(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
    """The same values, as another program writes them."""
    del severity, generator  # one strength, nothing random
    values = rows[TABULAR]
    texts = [f" {as_text(value).upper()} " for value in values.ravel().tolist()]
    return {TABULAR: as_column(texts, like=values.ravel()).reshape(values.shape)}


def make_nonsense(
    rows: Rows, severity: int, generator: np.random.Generator, *, numbers: Sequence[int]
) -> Rows:
    """A row of nothing that training knows."""
    del severity  # one strength
    values = rows[TABULAR]
    names = generator.integers(10**6, size=values.shape).astype(str).astype(object)
    texts = np.char.add("nonsense ", names.astype(str)).astype(object)
    signs = generator.choice(np.array(["-", ""]), size=(len(values), len(numbers)))
    texts[:, numbers] = np.char.add(signs, f"{_FAR:g}").astype(object)
    return {TABULAR: as_column(texts.ravel().tolist(), like=values.ravel()).reshape(values.shape)}


def _replaced(values: NDArray[np.object_], places: NDArray[np.bool_], text: str) -> Rows:
    new = as_column([text], like=values.ravel())[0]
    return {TABULAR: np.where(places, new, values).astype(object)}
