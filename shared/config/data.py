"""`data`: where examples come from and how they are split."""

from __future__ import annotations

import os
from typing import Literal, Self

from pydantic import Field, model_validator

from shared.config.section import Encoding, Section, Separator, Share

__all__ = ["DataConfig", "Spellings"]

Spellings = Literal["ask", "merge", "keep"]
"""What becomes of names that differ only in spelling."""


class DataConfig(Section):
    """Where examples come from and how they are split.

    A pipeline subclasses it for its own columns and shapes.
    """

    only_cost = frozenset({"cache_limit_mib", "cache_dir", "cache_disk_limit_mib"})

    source: str = Field(
        "demo",
        min_length=1,
        description=(
            "'demo' (bundled synthetic data), 'tfds:<dataset>' (public) or a path to your own"
            " files."
        ),
    )
    manual_dir: str | None = Field(
        None,
        min_length=1,
        description=(
            "With 'tfds:': folder of the dataset's files that you already have; null downloads"
            " them."
        ),
    )
    require_official: bool = Field(
        False,
        description=(
            "With 'tfds:': refuse a copy that differs from the dataset's official card. False"
            " labels it in the report."
        ),
    )
    split: Literal[
        "entity", "given", "temporal", "cold_start", "last_steps", "leave_one_entity_out"
    ] = Field(
        "entity",
        description=(
            "'entity': no entity straddles two splits; 'given': the source's own splits;"
            " 'temporal': by time; 'cold_start': by time and series; 'last_steps': by the"
            " end of each series; 'leave_one_entity_out': cross-validation in which each entity"
            " is tested once."
        ),
    )
    max_folds: int = Field(
        20,
        ge=3,
        le=1000,
        description=(
            "Leave-one-entity-out: with more entities than this, they share this many folds."
        ),
    )
    validation_share: float = Field(
        0.15, gt=0.0, lt=0.5, description="Share of entities (or of time) kept for choosing."
    )
    test_share: float = Field(
        0.2,
        gt=0.0,
        lt=0.5,
        description="Share of entities (or of time) kept for the one final test.",
    )
    num_demo_examples: int = Field(
        1200, ge=60, le=1_000_000, description="Number of synthetic examples when source is 'demo'."
    )
    demo_group_bias: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description=(
            "Strength of the bias planted in the synthetic data: 0 none, 1 as strong as the"
            " generator can."
        ),
    )
    encoding: Encoding = Field(
        "utf-8",
        description=(
            "Of tables and texts, such as cp1252 or utf-16-le; a byte order mark in a file (UTF-8,"
            " UTF-16) wins."
        ),
    )
    separator: Separator | None = Field(
        None,
        description=(
            "Between the fields of .csv, .tsv and .txt tables; null: comma or tab, or another if"
            " the first line plainly uses that."
        ),
    )
    columns: tuple[str, ...] | None = Field(
        None, min_length=1, description="Column names of tables without a header line."
    )
    ordered_classes: tuple[str, ...] = Field(
        (),
        description=(
            "Ordinal classes: their names from lowest to highest. Errors are then also measured by"
            " how far off they are. Empty: as the source says, else without order."
        ),
    )
    conditions: tuple[str, ...] = Field(
        (),
        description=(
            "Group attributes that describe circumstances, such as the scanner, not people; added"
            " to those that the pipeline knows. Their gaps are reported as reliability across"
            " slices."
        ),
    )
    label_spellings: Spellings = Field(
        "ask",
        description=(
            "Labels that differ only in case, number format or Unicode form: 'merge' makes them one"
            " class, 'keep' several; 'ask' stops the run where there are any."
        ),
    )
    entity_spellings: Spellings = Field(
        "ask", description="The same for entities, which must not be in two splits."
    )
    group_spellings: Spellings = Field(
        "ask", description="The same for groups; 'ask' keeps them apart, and the report names them."
    )
    max_quarantine_share: Share = Field(
        0.01,
        description=(
            "Largest share of unreadable inputs that are set aside; beyond it the run stops."
        ),
    )
    allow_leakage: bool = Field(
        False,
        description=(
            "Run although equal content or an entity is in two splits; the report says so. False"
            " stops the run."
        ),
    )
    cache_limit_mib: int = Field(
        4096,
        ge=0,
        description=(
            "Prepared examples are kept in memory up to this size (MiB); beyond it batches are read"
            " from the disk."
        ),
    )
    cache_dir: str = Field(
        default_factory=lambda: os.environ.get("PLUMBLINE_CACHE_DIR", ".cache/plumbline"),
        min_length=1,
        description=(
            "Folder of prepared data, shared by all runs; the environment variable"
            " PLUMBLINE_CACHE_DIR moves the default."
        ),
    )
    cache_disk_limit_mib: int = Field(
        20_480,
        ge=0,
        description=(
            "Largest size of that folder (MiB): the least recently used go first. 0 keeps nothing"
            " on disk."
        ),
    )

    @model_validator(mode="after")
    def _belongs_to_a_public_dataset(self) -> Self:
        given = [name for name in ("manual_dir", "require_official") if getattr(self, name)]
        if given and not self.source.startswith("tfds:"):
            raise ValueError(
                f"data.{given[0]} is for public datasets: data.source must begin with tfds:,"
                f" received {self.source!r}"
            )
        return self
