"""Group attributes as columns of the test split, and in words why one of them can't be assessed."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import UNKNOWN
from shared.errors import MissingArtefactError
from shared.run.artefacts.fairness.record import About
from shared.run.files import GROUP_PREFIX
from shared.shared_names import shared_names

__all__ = [
    "MAX_GROUPS",
    "Attribute",
    "group_labels",
    "group_order",
    "read_attributes",
]

_NUMBER = re.compile(r"(?<![\w–-])-?\d+(?:\.\d+)?")
_OPEN_BELOW = ("under ", "below ", "up to ", "less than ", "<")

MAX_GROUPS = 50
"""More groups than this are a measurement or a name, not a grouping; every one of them would be
small."""


_MOST_NUMBERS = 10
_FEWEST_ROWS_A_NUMBER = 5
"""More different numbers than `_MOST_NUMBERS` with fewer rows each than this are a measurement, in
a small test split too."""


@dataclass(frozen=True)
class Attribute:
    """One way of dividing the rows into groups.

    Attributes:
        name: Of the attribute, for example "sex".
        labels: (n,) str: the group of each row, `UNKNOWN` where not given; empty if the column is
            missing or has too many groups.
        groups: The known groups that occur, as `group_order` sorts them.
        about: What the groups are groups of.
        units: (n,) str: what each group has several of, if that is not the entities: series, where
            a group is a group of series.
        note: Why there is nothing to compare; empty if there is.
        remarks: Sentences for the report, for example which groups the test split lacks.
    """

    name: str
    labels: NDArray[np.str_]
    groups: tuple[str, ...]
    about: About = "people"
    units: NDArray[np.str_] | None = None
    note: str = ""
    remarks: tuple[str, ...] = ()


def read_attributes(
    table: pd.DataFrame,
    ids: NDArray[np.str_],
    recorded: Mapping[str, Mapping[str, int]],
    conditions: Collection[str],
    *,
    again: str,
) -> list[Attribute]:
    """Every attribute that the test split or `data.json` names, aligned with `ids`.

    Args:
        table: `splits/test.parquet`.
        ids: (n,) str: ids of the predictions.
        recorded: Attribute -> group -> rows, from `data.json`.
        conditions: Attributes that are not about people.
        again: Options that make the predictions again, for a message.

    Raises:
        MissingArtefactError: A predicted id is not in the table, so that the two are of different
            data.
    """
    rows = _rows_of(table, ids, again)
    columns = [str(column) for column in table.columns]
    names = [
        column.removeprefix(GROUP_PREFIX) for column in columns if column.startswith(GROUP_PREFIX)
    ]
    attributes = []
    for name in names:
        labels = _labels(table[GROUP_PREFIX + name].iloc[rows])
        attributes.append(_attribute(name, labels, recorded.get(name, {})))
    attributes += [
        _without_labels(name, f"The test split has no column for {name!r}.")
        for name in recorded
        if name not in names
    ]
    attributes = [
        replace(attribute, about="conditions" if attribute.name in conditions else "people")
        for attribute in attributes
    ]
    if "series" not in columns:
        return attributes
    series = shared_names(table["series"].iloc[rows])
    return [_of_series(attribute, series) for attribute in attributes]


def group_order(name: str) -> tuple[float, bool, str]:
    """Sorts bands by their numbers, with "under 30" before "30 to 44", and all else by name."""
    number = _NUMBER.search(name)
    return (
        math.inf if number is None else float(number.group()),
        not name.lower().startswith(_OPEN_BELOW),
        name,
    )


def group_labels(table: pd.DataFrame, attribute: str, ids: NDArray[np.str_]) -> NDArray[np.str_]:
    """(n,) group of each id, from `splits/<split>.parquet`, which holds them all.

    `UNKNOWN` where not given.
    """
    rows = pd.Index(table["id"]).get_indexer(pd.Index(ids))
    return _labels(table[GROUP_PREFIX + attribute].iloc[rows])


def _rows_of(table: pd.DataFrame, ids: NDArray[np.str_], again: str) -> NDArray[np.int64]:
    """(n,) int64: the row of `splits/test.parquet` of each id; `again` makes predictions anew.

    Raises:
        MissingArtefactError: It has none.
    """
    rows = pd.Index(table["id"]).get_indexer(pd.Index(ids))
    if (rows < 0).any():
        missing = str(ids[int(np.flatnonzero(rows < 0)[0])])
        raise MissingArtefactError(
            f"predictions/test.parquet holds the id {missing!r}, which splits/test.parquet lacks:"
            f" the two were made from different data. Make the predictions again with {again}"
        )
    return np.asarray(rows, dtype=np.int64)


def _of_series(attribute: Attribute, series: NDArray[np.str_]) -> Attribute:
    """With series as units, if each belongs to one group.

    That some series are harder than others says nothing about their groups.

    Where each group is one series, the series themselves are compared, over time.
    """
    if len(attribute.labels) == 0 or attribute.note:
        return attribute
    num_pairs = len(set(zip(attribute.labels.tolist(), series.tolist(), strict=True)))
    num_series = len(np.unique(series))
    if num_pairs > num_series:
        return attribute
    if num_pairs == len(np.unique(attribute.labels)):
        remark = (
            "Each group is one series: this compares these series with each other, and says nothing"
            " about others like them."
        )
        return replace(attribute, remarks=(*attribute.remarks, remark))
    remark = (
        f"Groups of whole series: the units of intervals and tests are the {num_series} series,"
        " not blocks of time."
    )
    return replace(attribute, units=series, remarks=(*attribute.remarks, remark))


def _labels(column: pd.Series) -> NDArray[np.str_]:
    # Blank and missing both mean that the data does not say.
    texts = column.astype("object").where(column.notna(), UNKNOWN).astype(str).str.strip()
    return shared_names(texts.mask(texts == "", UNKNOWN))


def _attribute(name: str, labels: NDArray[np.str_], recorded: Mapping[str, int]) -> Attribute:
    known = np.unique(labels[labels != UNKNOWN]).tolist()
    groups = tuple(sorted(known, key=group_order))
    too_many = _too_many(name, labels, groups)
    if too_many:
        return _without_labels(name, too_many)
    note = _nothing_to_compare(name, groups)
    return Attribute(name, labels, groups, note=note, remarks=_remarks(labels, groups, recorded))


def _too_many(name: str, labels: NDArray[np.str_], groups: tuple[str, ...]) -> str:
    numeric = bool(pd.to_numeric(pd.Series(groups, dtype=object), errors="coerce").notna().all())
    advice = (
        "Its values are numbers: divide them into bins."
        if numeric
        else "Merge its values into fewer groups."
    )
    if len(groups) > MAX_GROUPS:
        return (
            f"{name!r} has {len(groups):,} different values in the test split; at most {MAX_GROUPS}"
            f" can be compared. {advice}"
        )
    num_known = int((labels != UNKNOWN).sum())
    if numeric and len(groups) > _MOST_NUMBERS and num_known < _FEWEST_ROWS_A_NUMBER * len(groups):
        return (
            f"{name!r} has {len(groups)} different numbers on {num_known} rows of the test split,"
            f" too few each to be groups. {advice}"
        )
    return ""


def _without_labels(name: str, note: str) -> Attribute:
    return Attribute(name, np.array([], dtype=np.str_), (), note=note)


def _nothing_to_compare(name: str, groups: tuple[str, ...]) -> str:
    if not groups:
        return f"{name!r} is not given for any row of the test split."
    if len(groups) == 1:
        return (
            f"All rows of the test split have the same value of {name!r} ({groups[0]!r}), so there"
            " is nothing to compare it with."
        )
    return ""


def _remarks(
    labels: NDArray[np.str_], groups: tuple[str, ...], recorded: Mapping[str, int]
) -> tuple[str, ...]:
    remarks = []
    absent = sorted(group for group in recorded if group != UNKNOWN and group not in groups)
    if absent:
        remarks.append(
            f"Absent from the test split, so nothing is known about them: {', '.join(absent)}."
        )
    num_unknown = int((labels == UNKNOWN).sum())
    if num_unknown:
        remarks.append(
            f"Not given for {num_unknown} of {len(labels)} rows; these are listed, but compared"
            " with nobody."
        )
    return tuple(remarks)
