"""`data.json`: what was loaded, so that every later number can be traced to it."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.block import Block
from shared.contract import Problem, Provenance
from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.data.datasheet import Datasheet
from shared.run.artefacts.data.encoder import EncoderRecord
from shared.targets import Target

__all__ = ["DataRecord", "FoldRecord", "SplitRecord"]


class SplitRecord(Block):
    """One split.

    Attributes:
        n: Its examples.
        num_entities: Entities among them.
        classes: Class name -> examples; None for forecasts.
        fingerprint: SHA-256 (hex) of its content.
    """

    n: int
    num_entities: int
    classes: dict[str, int] | None
    fingerprint: str


class FoldRecord(Block):
    """One fold of a cross-validation.

    Attributes:
        entities: The first entities that it tests, at most 20.
        num_entities: How many it tests.
        n: Split -> its examples.
    """

    entities: tuple[str, ...]
    num_entities: int
    n: dict[str, int]


class DataRecord(Artefact):
    """What the data stage loaded.

    Attributes:
        target: What is predicted.
        provenance: Where the data comes from.
        splits: train, val and test: those of the model that is served, and all that is tested.
        folds: Of a cross-validation; else empty.
        groups: Attribute -> value -> examples, over the whole source.
        quarantine: Inputs that were set aside.
        fingerprint: SHA-256 (hex) over all splits and the source's checksum.
        datasheet: What can be said about the data before a model sees it.
        encoder: The pretrained encoder that the network begins with; None without one.
    """

    file: ClassVar[str] = "data.json"
    maker: ClassVar[str] = "data"

    schema_version: Literal[5] = 5
    target: Target
    provenance: Provenance
    splits: dict[str, SplitRecord]
    folds: tuple[FoldRecord, ...] = ()
    groups: dict[str, dict[str, int]]
    quarantine: tuple[Problem, ...]
    fingerprint: str
    datasheet: Datasheet
    encoder: EncoderRecord | None = None

    @property
    def class_counts(self) -> dict[str, int] | None:
        """Class name -> rows in the training split; None for forecasts."""
        return self.splits["train"].classes
