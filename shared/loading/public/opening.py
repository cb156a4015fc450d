"""From `tfds:<dataset>` to an opened dataset.

Prepared if need be, compared with its card, random access to its contents.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from filelock import FileLock

from shared.config import DataConfig
from shared.config.setting_text import set_option
from shared.contract import Provenance
from shared.errors import DataError
from shared.loading.public.card import Card
from shared.loading.public.catalogue import builder_of, find_dataset, import_tfds
from shared.loading.public.comparing import differences
from shared.loading.public.description import Description, Kind
from shared.loading.public.index import (
    NUM_BYTES,
    POSITION,
    SPLIT,
    Records,
    open_records,
    read_index,
    write_index,
)
from shared.loading.public.raw_files import fingerprint_files

__all__ = ["PublicDataset", "StoredFile", "open_public"]

_FOLDER = "datasets"


class _Status(NamedTuple):
    st_size: int
    st_mode: int = stat.S_IFREG | stat.S_IRUSR


@dataclass(frozen=True, eq=False)  # one file is one object; its records can't be compared
class StoredFile:
    """A file inside a prepared dataset; reads like a `pathlib.Path` as far as the loaders look.

    Attributes:
        name: As in the source.
        column: The column of bytes.
        records: The split that holds it.
        position: Its place there.
        num_bytes: Its size.
    """

    name: str
    column: str
    records: Records
    position: int
    num_bytes: int

    def read_bytes(self) -> bytes:
        """The content, read when it is asked for.

        Raises:
            DataError: The prepared dataset in the cache is damaged; its records carry checksums.
        """
        try:
            content: bytes = self.records[self.position][self.column]
        except RuntimeError as error:  # what ArrayRecord raises
            raise DataError(
                f"its copy in the cache is damaged ({error}); remove it with make clean-cache"
            ) from error
        return content

    def stat(self) -> _Status:
        """Size and kind (a regular file), as `Path.stat` gives them."""
        return _Status(self.num_bytes)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class PublicDataset:
    """A public dataset, ready to be mapped to examples.

    Attributes:
        description: What its columns mean.
        card: What is officially known about it.
        table: One row per example, in the order of the source: its small columns and `SPLIT`.
        provenance: With a sentence in `notes` for every way in which this copy differs from the
            card.
        records: Split -> random access to the examples.
    """

    description: Description
    card: Card
    table: pd.DataFrame
    provenance: Provenance
    records: Mapping[str, Records]

    def files(self, column: str) -> tuple[StoredFile, ...]:
        """The contents of a column of bytes, in the order of `table`; nothing is read yet."""
        identifiers = self.table[self.description.roles.identifier]
        places = zip(
            identifiers,
            self.table[SPLIT],
            self.table[POSITION],
            self.table[NUM_BYTES + column],
            strict=True,
        )
        return tuple(
            StoredFile(str(name), column, self.records[split], int(place), int(size))
            for name, split, place, size in places
        )


def open_public(data: DataConfig, kind: Kind) -> PublicDataset:
    """Open the public dataset that `data.source` names.

    Prepare it in the cache if it is not there yet.

    Args:
        data: Source, and where the user's own copy and the cache lie.
        kind: What the pipeline reads.

    Raises:
        DataError: No such dataset, another kind, files missing, no network, a corrupt download, or
            a copy that is not the official one although `data.require_official` asks for it.
    """
    description, config = find_dataset(data.source, kind)
    card = description.card(config)
    folder = None if data.manual_dir is None else _existing_folder(data, description)
    files = () if folder is None else description.find_files([folder], config)
    key = "download" if folder is None else fingerprint_files(files, folder)[:16]
    cache = Path(data.cache_dir) / _FOLDER
    builder = builder_of(description.name)(
        data_dir=cache / key, config=config or None, manual_dir=folder
    )
    table = _prepared(builder, description, card, cache)
    wrong = differences(card, table, description.roles.label, files)
    if wrong and data.require_official:
        listed = "\n".join(f"  {clause}" for clause in wrong)
        raise DataError(
            f"{data.source}: this copy differs from the official card, and data.require_official"
            f" forbids it:\n{listed}"
        )
    return PublicDataset(
        description,
        card,
        table,
        _describe(data.source, card, table, wrong),
        open_records(builder, description),
    )


def _describe(source: str, card: Card, table: pd.DataFrame, wrong: Sequence[str]) -> Provenance:
    return Provenance(
        name=card.title,
        source=source,
        version=card.version,
        licence=card.licence,
        citation=card.citation,
        checksum=_checksum(table),
        synthetic=False,
        conditions=card.conditions,
        notes=(
            *(f"This copy differs from the official card: {clause}." for clause in wrong),
            *card.notes,
        ),
    )


def _existing_folder(data: DataConfig, description: Description) -> Path:
    folder = Path(str(data.manual_dir)).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"data.manual_dir={folder}: there is no such folder. For {description.name} it holds"
            f" {description.layout}."
        )
    return folder


def _prepared(builder: Any, description: Description, card: Card, cache: Path) -> pd.DataFrame:
    name = hashlib.sha256(str(builder.data_dir).encode()).hexdigest()[:16]
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f".{description.name}-{name}.lock"), _quiet():
            table = read_index(builder)
            return _prepare(builder, description, card, cache) if table is None else table
    except OSError as error:
        raise DataError(
            f"{description.name} can't be prepared in {cache}: {error}. Is the disk full or"
            " read-only? Choose another place, such as"
            f" {set_option('data.cache_dir', './cache')}"
        ) from error


def _prepare(builder: Any, description: Description, card: Card, cache: Path) -> pd.DataFrame:
    builder.download_and_prepare(
        download_dir=cache / "downloads",
        file_format="array_record",  # random access
        download_config=import_tfds().download.DownloadConfig(
            compute_stats=import_tfds().download.ComputeStatsMode.SKIP
        ),
    )
    return write_index(builder, description, card)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """TFDS prints its progress, and its HTTP client each retry.

    The terminal belongs to our own display.
    """
    import_tfds().disable_progress_bar()
    client = logging.getLogger("urllib3")
    level = client.level
    client.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        client.setLevel(level)


def _checksum(table: pd.DataFrame) -> str:
    """Of the content of every example.

    Its small columns, and the digest of its columns of bytes.
    """
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()
