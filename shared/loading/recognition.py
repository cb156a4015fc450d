"""What a source looks like, for pipelines that say whether they recognise it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from shared.contract import Recognition
from shared.loading.files.tables import is_table
from shared.loading.public.catalogue import find_dataset, is_public
from shared.loading.public.description import Kind

__all__ = ["find_tables", "recognise_dataset", "recognise_files"]

_FILES_LOOKED_AT = 2000


def recognise_dataset(source: str, kind: Kind) -> Recognition | None:
    """A public dataset of one kind of examples; None for any other, and for files.

    Args:
        source: As in `data.source`.
        kind: What the pipeline reads.
    """
    if not is_public(source):
        return None
    description, _ = find_dataset(source)
    if description.kind != kind:
        return None
    return Recognition(f"{description.name} holds {kind}", num_files=1)


def recognise_files(source: str, kind: Kind, suffixes: Collection[str]) -> Recognition | None:
    """Files of one kind, told by their suffixes; or a public dataset of that kind.

    Args:
        source: As in `data.source`.
        kind: What the pipeline reads, such as "images".
        suffixes: Lower case, with their dots.
    """
    if is_public(source):
        return recognise_dataset(source, kind)
    num_files = sum(file.suffix.lower() in suffixes for file in _files(source))
    return Recognition(f"it holds {kind}", num_files) if num_files else None


def find_tables(source: str) -> list[Path]:
    """The tables among a source's files, sorted; none of a public dataset."""
    return [] if is_public(source) else sorted(filter(is_table, _files(source)))


def _files(source: str) -> Iterator[Path]:
    """The first files of a source: enough to see what it is."""
    path = Path(source)
    if path.is_file():
        return iter([path])
    return islice((file for file in path.rglob("*") if file.is_file()), _FILES_LOOKED_AT)
