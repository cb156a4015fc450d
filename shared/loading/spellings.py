"""Names that differ only in spelling: `True` and `true`, `1` and `1.0`, `Anna` and `ANNA`.

Nobody but the user knows if they are one. Where a class or a split depends on it, the run stops and
asks; the answer is a setting.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from shared.config import DataConfig
from shared.config.setting_text import set_option
from shared.contract import UNKNOWN, Examples, Splits, group_counts
from shared.errors import DataError
from shared.names import label_spelling_key, spelling_key

__all__ = ["find_several", "settle_entities", "settle_groups", "settle_labels", "settle_names"]

_MOST_SHOWN = 8
_LIST = re.compile(r"\[.*\]|\{.*\}|\(.*,.*\)", re.DOTALL)
_SEPARATORS = ("|", ";", ",", "/", "+", "&")


def settle_names(
    table: pd.DataFrame,
    data: DataConfig,
    fields: Mapping[str, str],
    *,
    where: str,
    without: Collection[int] = (),
    known: Collection[str] = (),
) -> pd.DataFrame:
    """The table with one spelling for each class and each entity, as the configuration says.

    Args:
        table: Tidy.
        data: `label_spellings` and `entity_spellings` answer.
        fields: Column of labels -> what the user calls it; then that of entities, if there is one.
        where: The file, for messages.
        without: Positions of rows that are set aside.
        known: Labels that the configuration lists.

    Raises:
        DataError: As `settle_labels` and `settle_entities`.
    """
    usable = ~np.isin(np.arange(len(table)), list(without))
    label, *others = fields
    place = f"{where}, column {fields[label]!r}"
    given = table[label][usable].tolist()
    settled = {label: settle_labels(given, data, where=place, known=known)}
    for entity in others:
        place = f"{where}, column {fields[entity]!r}"
        settled[entity] = settle_entities(table[entity][usable].tolist(), data, where=place)
    return table.assign(
        **{
            column: table[column].map(lambda name, of=of: of.get(name, name))
            for column, of in settled.items()
        }
    )


def settle_labels(
    labels: Sequence[str], data: DataConfig, *, where: str, known: Collection[str] = ()
) -> dict[str, str]:
    """Label -> the spelling of its class.

    Args:
        labels: One a row, tidy.
        data: `label_spellings` answers.
        where: File and column, for messages.
        known: Labels that the configuration lists: they are what the user says they are.

    Raises:
        DataError: A label holds several classes; or several differ only in spelling, and nothing
            says if they are one class.
    """
    several = find_several(set(labels) - set(known))
    if several is not None:
        raise DataError(
            f"{where}: {several!r} holds several labels, but one class is predicted for each row."
            " Keep one, or make rows of them. If it is the name of one class, list all labels in"
            " data.class_names (speech: data.classes)."
        )
    groups = _spellings(labels, label_spelling_key, known)
    if groups and data.label_spellings == "ask":
        raise DataError(
            f"{where}: labels that differ only in case, number format or Unicode form:"
            f" {_shown(groups)}. To make them one class, of the most frequent spelling:"
            f" {set_option('data.label_spellings', 'merge')} or to keep several:"
            f" {set_option('data.label_spellings', 'keep')}"
        )
    return _merged(labels, groups if data.label_spellings == "merge" else (), known)


def find_several(labels: Collection[str]) -> str | None:
    """The first label that holds several: a list, or parts that are labels themselves.

    Where `|` or `;` stands between, a part that occurs in another label is enough; of `,`, `/`, `+`
    and `&`, which stand in names, all parts must be labels.
    """
    ordered = sorted(labels)
    for label in ordered:
        if _LIST.fullmatch(label):
            return label
    for separator in _SEPARATORS:
        parts = {label: [part.strip() for part in label.split(separator)] for label in ordered}
        counts = Counter(part for pieces in parts.values() for part in set(pieces))
        for label, pieces in parts.items():
            shared = [counts[part] > 1 if separator in "|;" else part in labels for part in pieces]
            if len(pieces) > 1 and all(pieces) and (any if separator in "|;" else all)(shared):
                return label
    return None


def settle_entities(
    entities: Sequence[str] | Mapping[str, int], data: DataConfig, *, where: str
) -> dict[str, str]:
    """Entity -> the spelling of its name, as `settle_labels`.

    Args:
        entities: One a row, or how many rows each has; tidy.
        data: `entity_spellings` answers.
        where: File and column, for messages.

    Raises:
        DataError: Several entities differ only in spelling, and nothing says if they are one.
    """
    groups = _spellings(entities, spelling_key, ())
    if groups and data.entity_spellings == "ask":
        raise DataError(
            f"{where}: entities that differ only in case, number format or Unicode form:"
            f" {_shown(groups)}. To make them one, which is never in two splits:"
            f" {set_option('data.entity_spellings', 'merge')} or to keep several:"
            f" {set_option('data.entity_spellings', 'keep')}"
        )
    return _merged(entities, groups if data.entity_spellings == "merge" else (), ())


def settle_groups(splits: Splits, data: DataConfig) -> Splits:
    """The same splits with groups as `group_spellings` says.

    Neither class nor split depends on groups: where nothing is said they stay apart, and a note
    tells of them.
    """
    notes: list[str] = []
    parts = splits.by_split()
    for attribute in map(str, splits.train.groups.columns):
        values = group_counts(part.groups[attribute] for part in parts.values())
        named = {value: n for value, n in values.items() if value != UNKNOWN}
        groups = _spellings(named, spelling_key, ())
        if not groups:
            continue
        if data.group_spellings == "merge":
            spelling_of = _merged(values, groups, ())
            parts = {name: _respelt(part, attribute, spelling_of) for name, part in parts.items()}
        elif data.group_spellings == "ask":
            notes.append(
                f"Groups of {attribute!r} that differ only in case, number format or Unicode form:"
                f" {_shown(groups)}. To compare them as one:"
                f" {set_option('data.group_spellings', 'merge')}"
            )
    train, val, test = parts.values()
    provenance = splits.provenance.with_notes(*notes)
    return replace(splits, train=train, val=val, test=test, provenance=provenance)


def _respelt(examples: Examples, attribute: str, spelling_of: Mapping[str, str]) -> Examples:
    values = [spelling_of[value] for value in examples.groups[attribute].tolist()]
    column = pd.Series(values, index=examples.groups.index, dtype=object)
    return replace(examples, groups=examples.groups.assign(**{attribute: column}))


def _spellings(
    names: Iterable[str] | Mapping[str, int], key_of: Callable[[str], str], known: Collection[str]
) -> tuple[dict[str, int], ...]:
    """Groups of names that share a key: spelling -> rows, the most frequent first.

    A spelling that is known, but that no row has, counts 0. Groups of which all are known are left
    out: they were chosen.
    """
    counts = Counter(names)
    by_key: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys((*known, *sorted(counts))):
        by_key[key_of(name)].append(name)
    groups = (
        sorted(spellings, key=lambda name: (-counts[name], name))
        for spellings in by_key.values()
        if len(spellings) > 1 and not set(spellings) <= set(known)
    )
    return tuple({name: counts[name] for name in spellings} for spellings in groups)


def _merged(
    names: Iterable[str], groups: Iterable[Mapping[str, int]], known: Collection[str]
) -> dict[str, str]:
    """Name -> the spelling that stays: one that is known, else the most frequent."""
    spelling_of = {name: name for name in names}
    for spellings in groups:
        kept = next((name for name in spellings if name in known), next(iter(spellings)))
        spelling_of |= {name: kept for name in spellings if name not in known}
    return spelling_of


def _shown(groups: Sequence[Mapping[str, int]]) -> str:
    shown = [
        " and ".join(f"{name!r} ({count:,})" for name, count in spellings.items())
        for spellings in groups[:_MOST_SHOWN]
    ]
    more = f"; and {len(groups) - _MOST_SHOWN:,} more" if len(groups) > _MOST_SHOWN else ""
    return "; ".join(shown) + more
