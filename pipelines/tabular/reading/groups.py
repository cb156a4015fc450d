"""The groups of a row: whether all its values are given, and columns of the user's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from shared.loading.columns.values import NOT_GIVEN
from shared.loading.name_columns import group_value

__all__ = ["COMPLETENESS", "group_table"]

COMPLETENESS = "completeness"


def group_table(texts: pd.DataFrame, given: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """One row a row: its completeness, and the given columns.

    Args:
        texts: Values that the network reads.
        given: Attribute -> value of each row; `UNKNOWN` where it is empty.
    """
    has_gaps = texts.isin(NOT_GIVEN).any(axis=1).to_numpy()
    groups = {COMPLETENESS: np.where(has_gaps, "with gaps", "complete").tolist()}
    groups |= {name: [group_value(value) for value in values] for name, values in given.items()}
    return pd.DataFrame(groups, dtype=object)
