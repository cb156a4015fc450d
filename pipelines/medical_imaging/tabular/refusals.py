"""What the served graph refuses of the values beside an image: texts in a column of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.medical_imaging.tabular.settings import TabularDataConfig
from shared.contract import Refusal
from shared.loading.batches.wire_bytes import first_words
from shared.loading.columns.encoding import are_unreadable
from shared.loading.columns.values import TABULAR, not_a_number

__all__ = ["build_tabular_refusals", "unusable_values"]


def build_tabular_refusals(data: TabularDataConfig) -> tuple[Refusal, ...]:
    """One rule for all columns of numbers; none where there are none."""
    if not data.tabular_numbers:
        return ()

    def refuse_values(wire: Mapping[str, Any]) -> Any:
        return first_words(_rules(wire[TABULAR], data))

    return (refuse_values,)


def unusable_values(data: TabularDataConfig) -> dict[str, NDArray[Any]]:
    """Kind -> the values of one item (1, columns)."""
    items = {}
    for name in data.tabular_numbers or ():
        values = np.full((1, len(data.tabular_columns)), "", dtype=object)
        values[0, data.tabular_columns.index(name)] = "no number"
        items[f"{name} is no number"] = values
    return items


def _rules(texts: Any, data: TabularDataConfig) -> Iterator[tuple[Any, str]]:
    for name in data.tabular_numbers or ():
        place = data.tabular_columns.index(name)
        yield are_unreadable(texts[:, place]), not_a_number(name)
