"""Which recordings there are, and what is known about each: from a manifest or from file names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.speech.config import SpeechDataConfig
from pipelines.speech.reading.finding import (
    AUDIO_SUFFIXES,
    begins_like_sound,
    find_recordings,
)
from pipelines.speech.reading.layout import (
    SPLITS,
    advise_naming,
    find_manifest,
    names_classes,
)
from shared.config.setting_text import set_option
from shared.contract import Problem, Recognition
from shared.errors import DataError
from shared.loading.files.tables import (
    TABLE_SUFFIXES,
    is_table,
    require_columns,
    require_unique,
)
from shared.loading.files.user_files import paths_below, printable_name
from shared.loading.name_columns import (
    find_unusable_names,
    group_value,
    tidied_note,
    tidy_names,
)
from shared.loading.other_formats import way_out
from shared.loading.recognition import recognise_files
from shared.loading.spellings import settle_names
from shared.loading.user_tables import read_user_table
from shared.names import printable

__all__ = ["Listing", "list_recordings", "recognise"]


@dataclass(frozen=True)
class Listing:
    """Recordings before they are opened.

    Attributes:
        table: One row a recording: `id`, `path`, `row` (in the manifest, from 1; 0 if there is
            none), `label`, `speaker`, `split` ("" where not given), and one column for each of
            data.group_columns, prefixed `group:`.
        problems: Files and rows that could not be listed.
        origin: The manifest, or the folder whose file names were read.
        notes: Sentences for the report, about how names were read and about other files there.
    """

    table: pd.DataFrame
    problems: tuple[Problem, ...]
    origin: Path
    notes: tuple[str, ...] = ()


def recognise(source: str) -> Recognition | None:
    """Sound files, or a public dataset of recordings."""
    return recognise_files(source, "recordings", AUDIO_SUFFIXES, begins_like_sound)


def list_recordings(data: SpeechDataConfig) -> Listing:
    """List the recordings of the configured source.

    Raises:
        DataError: The source does not exist, says nothing about labels, lacks a column or group, or
            repeats a file.
    """
    source = Path(data.source)
    if source.is_file():
        if not is_table(source):
            raise DataError(
                f"{source}: expected a folder of recordings or a manifest"
                f" ({', '.join(TABLE_SUFFIXES)}), received another file.{way_out(source)}"
            )
        return _from_manifest(source, data)
    if not source.is_dir():
        raise DataError(f"{source}: there is no such file or folder.")
    if data.manifest is not None:
        return _from_manifest(source / data.manifest, data)
    if data.filename_pattern is not None:
        return _from_file_names(source, data.filename_pattern, data)
    manifest = find_manifest(source)
    return _from_folders(source, data) if manifest is None else _from_manifest(manifest, data)


def _from_folders(folder: Path, data: SpeechDataConfig) -> Listing:
    """`<class>/…` or, with data.split=given, `<split>/<class>/…`; nothing says who speaks."""
    recordings, notes = find_recordings(folder)
    has_splits = data.split == "given" and data.test_pattern is None
    if not has_splits and not names_classes(folder, recordings):
        raise advise_naming(folder, recordings)
    names = [printable_name(path.relative_to(folder)) for path in recordings]
    parts = [name.split("/") for name in names]
    if has_splits and not all(len(part) == 3 and part[0] in SPLITS for part in parts):
        raise DataError(
            f"{folder}: data.split is 'given', so folders of classes inside train, val and test are"
            f" expected; found {names[0]!r}. To let the split be made, use"
            f" {set_option('data.split', 'entity')}",
            settings={"data.split": "entity"},
        )
    columns = {
        "id": names,
        "path": [str(path) for path in recordings],
        "row": 0,
        "label": [part[-2] for part in parts],
        "speaker": "",
        "split": [part[0] if has_splits else "" for part in parts],
    }
    if data.group_columns:
        raise DataError(
            f"{folder}: folders say nothing of {', '.join(data.group_columns)}. Give a table, or"
            " remove data.group_columns."
        )
    listing = _checked(pd.DataFrame(columns), folder, data, ())
    return replace(listing, notes=(*notes, *listing.notes))


def _from_manifest(path: Path, data: SpeechDataConfig) -> Listing:
    given = read_user_table(path, data)
    given = given.where(given.notna(), "")
    has_splits = data.split == "given" and data.test_pattern is None
    has_speakers = data.speaker_column is not None and data.entity == "speaker"
    wanted = {
        "data.file_column": [data.file_column],
        "data.label_column": [data.label_column],
        "data.group_columns": data.group_columns,
        "data.speaker_column": [data.speaker_column or ""] if has_speakers else [],
        "data.split_column": [data.split_column] if has_splits else [],
    }
    require_columns(given, wanted, path=path)
    require_unique(given, data.file_column, path=path)
    names = given[data.file_column].astype(str)
    files = paths_below(path, names, column=data.file_column)
    groups = {f"group:{name}": given[name].astype(str) for name in data.group_columns}
    speakers = given[data.speaker_column] if data.speaker_column in given.columns else ""
    splits = given[data.split_column] if has_splits else ""
    columns = {
        "id": names,
        "path": [str(file) for file in files],
        "row": np.arange(1, len(given) + 1),
        "label": given[data.label_column].astype(str),
        "speaker": speakers,
        "split": splits,
        **groups,
    }
    return _checked(pd.DataFrame(columns), path, data, ())


def _from_file_names(folder: Path, pattern: str, data: SpeechDataConfig) -> Listing:
    expression = re.compile(pattern)
    _require_groups(expression, data)
    rows = []
    problems = []
    recordings, notes = find_recordings(folder)
    for path in recordings:
        name = printable_name(path.relative_to(folder))
        match = expression.fullmatch(
            name.removesuffix(path.suffix) if "/" in pattern else printable(path.stem)
        )
        if match is None:
            reason = f"the name does not match data.filename_pattern ({pattern!r})"
            problems.append(Problem(name, reason))
            continue
        found = {group: value or "" for group, value in match.groupdict().items()}
        groups = {f"group:{group}": found[group] for group in data.group_columns}
        speaker = found.get("speaker", "")
        row = {"id": name, "path": str(path), "row": 0, "label": found["label"]}
        rows.append({**row, "speaker": speaker, "split": "", **groups})
    if not rows:
        raise DataError(
            f"{folder}: no file name matches data.filename_pattern ({pattern!r}); the first is"
            f" {problems[0].file!r}."
        )
    listing = _checked(pd.DataFrame(rows), folder, data, tuple(problems))
    return replace(listing, notes=(*notes, *listing.notes))


def _require_groups(expression: re.Pattern[str], data: SpeechDataConfig) -> None:
    missing = [name for name in data.group_columns if name not in expression.groupindex]
    if missing:
        raise DataError(
            f"data.group_columns names {missing[0]!r}, which is no named group of"
            f" data.filename_pattern ({expression.pattern!r})."
        )


def _checked(
    listed: pd.DataFrame, origin: Path, data: SpeechDataConfig, problems: tuple[Problem, ...]
) -> Listing:
    """The listing with tidy names, one spelling for each, and only rows that have a label."""
    in_table = bool(listed["row"].any())
    names = [name for name in listed.columns if name not in ("path", "row")]
    listed[names] = listed[names].astype(str)
    table, num_tidied = tidy_names(listed, names)
    for name in names:
        if name == "speaker" or name.startswith("group:"):
            table[name] = table[name].map(group_value)
    fields = {name: name.removeprefix("group:") for name in names}
    if in_table:
        fields |= {"id": data.file_column, "label": data.label_column, "split": data.split_column}
        fields["speaker"] = data.speaker_column or "speaker"
    found = find_unusable_names(table, fields, file=str(origin))
    for position in np.flatnonzero(table["label"] == "").tolist():
        item = table.iloc[position]
        row = int(item["row"]) or None
        empty = Problem(str(item["id"]), "the label is empty", row=row, field=fields["label"])
        found.setdefault(position, empty)
    has_speakers = data.entity == "speaker"
    asked = {name: fields[name] for name in ("label", "speaker") if name == "label" or has_speakers}
    table = settle_names(
        table, data, asked, where=str(origin), without=found.keys(), known=data.classes
    )
    kept = table.drop(index=list(found)).reset_index(drop=True)
    return Listing(kept, (*problems, *found.values()), origin, tidied_note(num_tidied))
