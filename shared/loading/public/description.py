"""What a folder `data/<dataset>/` says about its dataset.

What the columns mean, and how its raw files are recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared.loading.public.card import Card

__all__ = ["Description", "Kind", "Roles"]

Kind = Literal["images", "recordings", "texts", "series"]
"""What an example is; a pipeline reads one kind."""


@dataclass(frozen=True)
class Roles:
    """Which column of a dataset plays which part. None: the dataset has none.

    Attributes:
        identifier: Unique ids of the examples.
        label: The class.
        content: Bytes: the encoded image or recording.
        text: The text.
        time: Time stamps of a table of series.
        values: The series of that table.
        entity: What may not straddle two splits (lesion, speaker).
        mask: Bytes: image of where the label's cause lies.
        age: Age in years.
        groups: Attributes to report by.
    """

    identifier: str
    label: str | None = None
    content: str | None = None
    text: str | None = None
    time: str | None = None
    values: tuple[str, ...] = ()
    entity: str | None = None
    mask: str | None = None
    age: str | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Description:
    """A public dataset, described without TensorFlow.

    Attributes:
        name: Equals the folder name, and that of its TFDS builder.
        kind: What its examples are.
        roles: The meaning of its columns.
        card: Config name ("" without configs) -> the official facts.
        find_files: (folders, config) -> the raw files that the builder reads, sorted, in the layout
            of the official download or of a plain copy. Raises DataError if one that can't be done
            without is missing.
        layout: One or two sentences: what a folder for `data.manual_dir` holds.
        configs: Names of the builder's configs, the default first; () if it has none.
    """

    name: str
    kind: Kind
    roles: Roles
    card: Callable[[str], Card]
    find_files: Callable[[Sequence[Path], str], tuple[Path, ...]]
    layout: str
    configs: tuple[str, ...] = ()
