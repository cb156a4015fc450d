"""`fairness.parquet`: every number by group, one row each; its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["COLUMNS", "Column"]


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        dtype: Of its values.
        meaning: In words.
    """

    dtype: Literal["str", "int64", "float64", "bool"]
    meaning: str


COLUMNS = {
    "family": Column("str", "people, conditions or intersections"),
    "attribute": Column("str", "attribute, or pair of attributes"),
    "group": Column("str", "group; empty in rows about all groups"),
    "n": Column("int64", "rows in the denominator"),
    "num_entities": Column("int64", "entities among them"),
    "metric": Column("str", "error or rate; in rows of tests a criterion or a gap source"),
    "class": Column("str", "class that the rate is about; empty if it is about all"),
    "comparison": Column("str", "what the value is: the group's own, or against whom"),
    "reference": Column("str", "reference group, where it is compared with"),
    "value": Column("float64", "the number; NaN if unknown"),
    "ci_low": Column("float64", "lower end of its interval; NaN if there is none"),
    "ci_high": Column("float64", "upper end of its interval; NaN if there is none"),
    "p_value": Column("float64", "of the test; NaN in all other rows"),
    "p_adjusted": Column("float64", "the same after adjustment for the family"),
    "suppressed": Column("bool", "whether the group is withheld"),
    "reason": Column("str", "why there is no number, interval or test"),
}
"""Name -> column, in their order."""
