"""From the recordings of a source to three splits, and the settings that only they can decide."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.speech.config import SpeechConfig, SpeechDataConfig
from pipelines.speech.reading.attributes import estimated_conditions, group_notes, group_table
from pipelines.speech.reading.examining import Examination, content_file, examine_all
from pipelines.speech.reading.files import Listing, list_recordings
from pipelines.speech.reading.layout import speakers_in_names
from pipelines.speech.reading.public import adopt_settings, list_public
from pipelines.speech.reading.recordings import read_recording
from pipelines.speech.reading.splits import describe_overlap, divide
from pipelines.speech.reading.window import choose_clip_seconds, describe_loss
from shared.config.setting_text import set_option
from shared.contract import UNKNOWN, Examples, Problem, Provenance, Rows, Splits
from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.loading.public.catalogue import is_public
from shared.loading.public.opening import open_public
from shared.loading.splits.quarantine import describe_problem, enforce_quarantine
from shared.loading.splits.splitting import SplitIndices
from shared.run.fingerprints import fingerprint_path
from shared.shared_names import shared_names
from shared.targets import Categories

__all__ = ["complete", "lazy_wire", "load"]


@dataclass(frozen=True)
class _Recordings:
    """A source that was read.

    Attributes:
        config: With the settings of a public dataset, if it is one.
        listing: All that was found.
        table: As `Listing.table`, readable recordings only.
        names: Classes.
        examined: What opening them showed.
        quarantine: What was set aside.
        described: Where they come from.
    """

    config: SpeechConfig
    listing: Listing
    table: pd.DataFrame
    names: tuple[str, ...]
    examined: Examination
    quarantine: tuple[Problem, ...]
    described: Provenance


def load(config: SpeechConfig) -> Splits:
    """Read a folder with a manifest or telling file names, a manifest, or a public dataset.

    Every file is examined once here, so that a broken one is named before training starts; sound is
    read again when it is needed.

    Raises:
        DataError: The source can't be used as configured, or too many of its files can't be read.
    """
    found = _read(config)
    examples = _examples(found)
    splits = _divide(found, examples)
    train, val, test = (examples.take(indices) for indices in splits)
    return Splits(
        train,
        val,
        test,
        Categories(names=found.names),
        _remarked(found, examples, splits),
        found.quarantine,
        content="sound",
    )


def complete(config: SpeechConfig) -> SpeechConfig:
    """The settings with the length of a row, chosen from the training recordings if it is null.

    Raises:
        DataError: As `load`.
    """
    data = config.data
    if data.clip_seconds is not None:
        return config
    seconds = data.row_seconds
    if data.source != "demo":
        # Folds are made later, of all recordings.
        split = "entity" if data.split == "leave_one_entity_out" else data.split
        divided = data.model_copy(update={"split": split})
        found = _read(config.model_copy(update={"data": divided}))
        seconds = _clip_seconds(found, _divide(found, _examples(found)))
    chosen = data.model_copy(update={"clip_seconds": seconds})
    return config.model_copy(update={"data": chosen})


def _read(config: SpeechConfig) -> _Recordings:
    dataset = open_public(config.data, "recordings") if is_public(config.data.source) else None
    config = config if dataset is None else adopt_settings(config, dataset)
    data = config.data
    listing = list_recordings(data) if dataset is None else list_public(dataset)
    names = _class_names(listing, config)
    examined = examine_all(listing.table, data)
    quarantine = enforce_quarantine(
        [*listing.problems, *examined.problems],
        num_inputs=len(listing.table) + len(listing.problems),
        max_share=data.max_quarantine_share,
    )
    _refuse_lost_classes(listing, examined)
    described = (
        _describe(data, _checksum(listing, examined)) if dataset is None else dataset.provenance
    )
    table = listing.table[examined.readable].reset_index(drop=True)
    return _Recordings(config, listing, table, names, examined, quarantine, described)


def _refuse_lost_classes(listing: Listing, examined: Examination) -> None:
    """Refuse a class of which nothing can be read: it would vanish among few problems."""
    labels = listing.table["label"]
    lost = sorted(set(labels) - set(labels[examined.readable]))
    if not lost:
        return
    names = listing.table["id"][labels == lost[0]].tolist()
    first = next(problem for problem in examined.problems if problem.file in names)
    raise DataError(
        f"{listing.origin}: none of the {len(names)} recordings of the class {lost[0]!r} can be"
        f" used; the first is {describe_problem(first)}. Repair them, or remove them from the"
        " source."
    )


def _examples(found: _Recordings) -> Examples:
    table = found.table
    ids = shared_names(table["id"])
    by_recording = found.config.data.entity == "recording"
    entities = ids if by_recording else _known_speakers(table, found.listing.origin)
    labels = np.array([found.names.index(label) for label in table["label"]], dtype=np.int64)
    groups = group_table(table, found.examined.measurements, found.config.data)
    wire = lazy_wire(table["path"].tolist(), found.config)
    return Examples(ids, entities, labels, groups, wire)


def _divide(found: _Recordings, examples: Examples) -> SplitIndices:
    return divide(
        found.table,
        examples.entities,
        examples.targets,
        found.config,
        origin=found.listing.origin,
    )


def _clip_seconds(found: _Recordings, splits: SplitIndices) -> float:
    given = found.config.data.clip_seconds
    return choose_clip_seconds(found.examined.seconds[splits.train]) if given is None else given


def _remarked(found: _Recordings, examples: Examples, splits: SplitIndices) -> Provenance:
    """Where the recordings come from, with all that must be said of them."""
    data = found.config.data
    speakers = shared_names(found.table["speaker"])
    loss, is_grave = describe_loss(
        found.examined.seconds,
        shared_names(found.table["label"]),
        _clip_seconds(found, splits),
    )
    notes = (
        *found.described.notes,
        *describe_overlap(speakers, splits, data.entity),
        *([loss] if loss and not is_grave else []),
        *found.listing.notes,
        *found.examined.notes,
        *group_notes(examples.groups, speakers, data),
    )
    conditions = dict.fromkeys((*found.described.conditions, *estimated_conditions(data)))
    warnings = (*found.described.warnings, *([loss] if is_grave else []))
    return replace(found.described, conditions=tuple(conditions), notes=notes, warnings=warnings)


def _describe(data: SpeechDataConfig, checksum: str) -> Provenance:
    return Provenance(
        name=data.dataset_name or Path(data.source).name,
        source=data.source,
        version=data.dataset_version,
        licence=data.licence,
        citation=data.citation,
        checksum=checksum,
        synthetic=False,
    )


def _class_names(listing: Listing, config: SpeechConfig) -> tuple[str, ...]:
    table = listing.table
    classes = config.data.classes
    if not classes:
        found = tuple(sorted(set(table["label"])))
        if len(found) < 2:
            raise DataError(
                f"{listing.origin}: at least two different labels are needed, received"
                f" {', '.join(map(repr, found)) or 'none'}."
            )
        return found
    unknown = ~table["label"].isin(classes)
    if unknown.any():
        first = table[unknown].iloc[0]
        place = (
            f"{listing.origin}, row {first['row']}, column {config.data.label_column!r}"
            if first["row"]
            else f"{first['path']}"
        )
        raise DataError(
            f"{place}: unknown label {first['label']!r}; data.classes permits {', '.join(classes)}."
            " Correct the label, or extend data.classes."
        )
    return classes


def _known_speakers(table: pd.DataFrame, origin: Path) -> NDArray[np.str_]:
    unknown = table["speaker"] == UNKNOWN
    if not unknown.any():
        return shared_names(table["speaker"])
    pattern = speakers_in_names(table["id"].tolist()) if unknown.all() else None
    named = {} if pattern is None else {"data.filename_pattern": pattern}
    names = (
        f"The names of the files may say it: {set_option('data.filename_pattern', pattern)}"
        if pattern
        else "Give a speaker column or a named group <speaker>"
    )
    raise DataError(
        f"{origin}: the speaker of {table['id'][unknown].iloc[0]!r} (and"
        f" {int(unknown.sum()) - 1} more) is not given, so that nobody can tell whether a"
        f" speaker is in two splits. {names} or accept shared speakers with"
        f" {set_option('data.entity', 'recording')}",
        settings=named or {"data.entity": "recording"},
    )


def lazy_wire(
    paths: Sequence[str | ContentFile], config: SpeechConfig
) -> Callable[[NDArray[np.int64]], Rows]:
    """Indices -> `wav` (m,) object array of WAV bytes, read when asked for.

    The returned function raises DataError for a file that has become unreadable.
    """

    def rows(indices: NDArray[np.int64]) -> Rows:
        wire = np.empty(len(indices), dtype=object)
        for place, index in enumerate(indices):
            try:
                wire[place] = read_recording(
                    content_file(paths[index]),
                    sample_rate_hz=config.data.sample_rate_hz,
                    max_seconds=config.data.max_file_seconds,
                ).wire
            except DataError as error:
                raise DataError(
                    f"{paths[index]}: {error}; it was readable when the run began."
                ) from error
        return {"wav": wire}

    return rows


def _checksum(listing: Listing, examined: Examination) -> str:
    digest = hashlib.sha256()
    if listing.origin.is_file():
        digest.update(fingerprint_path(listing.origin).encode())
    for name, content in zip(listing.table["id"], examined.hashes, strict=True):
        digest.update(f"{name}\0{content}\n".encode())
    return digest.hexdigest()
