"""From tables with a label in each row to rows by split: what every pipeline of tables calls."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import Problem, Provenance
from shared.loading.labelled.assigning import assign_splits, find_leaks
from shared.loading.labelled.classes import class_names, class_of_rows, training_labels
from shared.loading.labelled.content import Content
from shared.loading.labelled.files import find_files
from shared.loading.labelled.rows import GROUP_PREFIX, LabelledRows, read_rows
from shared.loading.labelled.settings import LabelledTableConfig
from shared.loading.splits.quarantine import enforce_quarantine
from shared.run.fingerprints import fingerprint_path

__all__ = ["LabelledTable", "divide_rows", "load_table"]


@dataclass(frozen=True)
class LabelledTable:
    """Rows that can be used, and the split of each.

    Attributes:
        table: As in `LabelledRows`.
        targets: (n,) int64: class of each row; −1 where it is set aside.
        splits: (n,) str: train, val, test; "" where it is set aside.
        names: Of the classes, in order.
        quarantine: What is set aside.
        provenance: Of the files.
    """

    table: pd.DataFrame
    targets: NDArray[np.int64]
    splits: NDArray[np.str_]
    names: tuple[str, ...]
    quarantine: tuple[Problem, ...]
    provenance: Provenance

    def positions(self, split: str) -> NDArray[np.int64]:
        """The rows of a split, (m,) int64."""
        return np.flatnonzero(self.splits == split)

    def given_groups(self, positions: NDArray[np.int64]) -> dict[str, list[str]]:
        """Attribute -> the text of `data.group_columns` in these rows."""
        chosen = self.table.iloc[positions]
        return {
            name.removeprefix(GROUP_PREFIX): chosen[name].tolist()
            for name in chosen.columns
            if name.startswith(GROUP_PREFIX)
        }


def load_table(data: LabelledTableConfig, content: Content, *, seed: int) -> LabelledTable:
    """Read `data.source`, a table or a folder of tables, and divide its rows.

    Encoding, columns, ids, labels, entities, groups, what is set aside, what stands in two splits:
    all that does not depend on what the content is.

    Args:
        data: Names the columns.
        content: What is predicted from.
        seed: Of the split.

    Raises:
        DataError: The source can't be read as configured, or too many of its rows are unusable.
    """
    files = find_files(Path(data.source))
    rows = read_rows(files, data, content)
    return divide_rows(rows, data, content, seed=seed, provenance=_describe(files, data))


def divide_rows(
    rows: LabelledRows,
    data: LabelledTableConfig,
    content: Content,
    *,
    seed: int,
    provenance: Provenance,
) -> LabelledTable:
    """Classes and splits of rows that are read; training rows that a later split has go aside.

    Args:
        rows: Of all files.
        data: Settings.
        content: What is predicted from.
        seed: Of the split.
        provenance: Of the source; notes on its splits are added.

    Raises:
        DataError: A label is unknown, or too many rows are unusable.
    """
    problems = list(rows.problems.values())
    _set_aside(problems, rows, data)
    names, indices = class_names(training_labels(rows, data), data, where=data.source)
    targets = class_of_rows(rows, indices, data)
    splits = assign_splits(rows, targets, data, seed=seed)
    is_kept = data.allow_leakage or content.repeats_by_chance
    leaks = {} if is_kept else find_leaks(rows, splits, content)
    splits[list(leaks)] = ""
    quarantine = _set_aside([*problems, *leaks.values()], rows, data)
    noted = provenance.with_notes(*rows.notes, *_split_notes(rows, data))
    return LabelledTable(rows.table, targets, splits, names, quarantine, noted)


def _set_aside(
    problems: Sequence[Problem], rows: LabelledRows, data: LabelledTableConfig
) -> tuple[Problem, ...]:
    share = data.max_quarantine_share
    return enforce_quarantine(problems, num_inputs=len(rows.table), max_share=share)


def _describe(files: Mapping[str | None, Path], data: LabelledTableConfig) -> Provenance:
    digest = hashlib.sha256()
    for split, path in sorted(files.items(), key=lambda item: str(item[0])):
        digest.update(f"{split} {fingerprint_path(path)}".encode())
    return Provenance(
        name=data.dataset_name or Path(data.source).stem,
        source=data.source,
        version=data.version,
        licence=data.licence,
        citation=data.citation,
        checksum=digest.hexdigest(),
        synthetic=False,
    )


def _split_notes(rows: LabelledRows, data: LabelledTableConfig) -> tuple[str, ...]:
    named = rows.table[rows.table["file_split"] != ""].drop_duplicates("file_split")
    names = {
        str(split): Path(file).name
        for split, file in zip(named["file_split"], named["file"], strict=True)
    }
    if not names:
        return ()
    if data.split == "entity":
        return (
            (
                f"The source has splits of its own ({', '.join(names.values())}); they were put"
                " together and divided anew by entity. To keep them, set data.split=given."
            ),
        )
    if "val" not in names:
        return (
            (
                f"{names['test']} is the test, reported once; validation was cut out of"
                f" {names['train']} by entity."
            ),
        )
    return ()
