"""A prepared dataset's small columns as one table.

It is made once, so that opening the dataset does not read every image again.
"""

from __future__ import annotations

import hashlib
import io
import wave
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from PIL import Image

from shared.loading.public.card import Card
from shared.loading.public.catalogue import import_tfds
from shared.loading.public.description import Description, Kind
from shared.run.directory import RunDirectory

__all__ = [
    "DIGEST",
    "FORM",
    "NUM_BYTES",
    "POSITION",
    "SPLIT",
    "Records",
    "binary_columns",
    "content_form",
    "open_records",
    "read_index",
    "write_index",
]

SPLIT = "part:"
"""Column of an example's split: train, val or test. The name counts in a dataset's checksum."""
POSITION = "position:"
"""Column of an example's place in its split."""
FORM = "form:"
"""Column of the form of an example's content, as `content_form` says it."""
DIGEST = "digest:"
"""Column of the SHA-256 of an example's columns of bytes."""
NUM_BYTES = "bytes:"
"""Followed by the name of a column of bytes: how many there are."""


class Records(Protocol):
    """Random access to examples: one by one, or many at once, which is faster."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int) -> Mapping[str, Any]: ...

    def __getitems__(self, places: list[int]) -> list[Mapping[str, Any]]: ...


# another number for other columns, so that no older table is taken for one of these
_NAME = "index-1.parquet"
_SPLITS = {"train": "train", "validation": "val", "test": "test"}
_CHUNK = 64


def content_form(content: bytes, kind: Kind) -> str:
    """What a content looks like, from its header alone: `600×450 px`, `16000 Hz`.

    "unreadable" if it has none.
    """
    try:
        if kind == "images":
            with Image.open(io.BytesIO(content)) as image:
                return f"{image.width}×{image.height} px"
        with wave.open(io.BytesIO(content)) as sound:
            return f"{sound.getframerate()} Hz"
    except (
        OSError,
        EOFError,
        ValueError,
        wave.Error,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return "unreadable"


def binary_columns(description: Description) -> tuple[str, ...]:
    """The columns that hold bytes."""
    return tuple(
        name for name in (description.roles.content, description.roles.mask) if name is not None
    )


def write_index(builder: Any, description: Description, card: Card) -> pd.DataFrame:
    """Read every example once, and keep what is small.

    As a table, which also becomes a Parquet file beside the prepared dataset.
    """
    table = pd.DataFrame(list(_rows(builder, description, card)))
    RunDirectory(Path(builder.data_dir)).write_table(_NAME, table)
    return table


def read_index(builder: Any) -> pd.DataFrame | None:
    """The table that `write_index` made; None if there is none yet."""
    path = Path(builder.data_dir) / _NAME
    return pd.read_parquet(path) if path.is_file() else None


def open_records(builder: Any, description: Description) -> dict[str, Records]:
    """Random access to the examples of each split; bytes stay bytes."""
    decoders = {name: import_tfds().decode.SkipDecoding() for name in binary_columns(description)}
    there = [name for name in _SPLITS if name in builder.info.splits]
    return {_SPLITS[name]: builder.as_data_source(split=name, decoders=decoders) for name in there}


def _rows(builder: Any, description: Description, card: Card) -> Iterator[dict[str, Any]]:
    labels = _source_labels(builder, description, card)
    for split, records in open_records(builder, description).items():
        for start in range(0, len(records), _CHUNK):
            places = range(start, min(start + _CHUNK, len(records)))
            for place, record in zip(places, records.__getitems__(list(places)), strict=True):
                yield {SPLIT: split, POSITION: place} | _small_values(record, description, labels)


def _source_labels(builder: Any, description: Description, card: Card) -> tuple[str, ...]:
    """Labels as they stand in the source, by class number.

    () if the builder keeps them as text or has none.
    """
    label = description.roles.label
    if label is None or not isinstance(
        builder.info.features[label], import_tfds().features.ClassLabel
    ):
        return ()
    return tuple(card.class_names) or tuple(builder.info.features[label].names)


def _small_values(
    record: Mapping[str, Any], description: Description, labels: Sequence[str]
) -> dict[str, Any]:
    binary = binary_columns(description)
    row = {
        name: _plain(value)
        for name, value in record.items()
        if name not in binary and np.ndim(value) == 0
    }
    label = description.roles.label
    if label is not None and labels:
        # TFDS writes -1 where there is no label.
        row[label] = labels[row[label]] if row[label] >= 0 else ""
    digest = hashlib.sha256()
    for name in binary:
        digest.update(hashlib.sha256(record[name]).digest())
        row[NUM_BYTES + name] = len(record[name])
    if description.roles.content is not None:
        row[FORM] = content_form(record[description.roles.content], description.kind)
        row[DIGEST] = digest.hexdigest()
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value.item() if isinstance(value, np.generic) else value
