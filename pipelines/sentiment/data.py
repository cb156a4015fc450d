"""Where labelled texts come from: the user's tables, or the bundled grammar."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.grammar_reviews import CLASS_NAMES, GENERATOR_VERSION, generate_reviews
from pipelines.sentiment.behaviours.polarity import find_polarity
from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.reading.groups import LENGTH_BAND, group_table
from pipelines.sentiment.reading.public import adopt_settings, read_public
from pipelines.sentiment.reading.texts import content_of
from shared.contract import Examples, Problem, Provenance, Rows, Splits
from shared.loading.labelled.loading import divide_rows, load_table
from shared.loading.public.catalogue import is_public
from shared.loading.public.opening import open_public
from shared.shared_names import shared_names
from shared.targets import Categories

__all__ = ["load", "synthesize"]

_SPLITS = ("train", "val", "test")
_GROUP_PREFIX = "group:"


def load(config: SentimentConfig) -> Splits:
    """Read `data.source`.

    It is a table, which is divided by entity, or a folder of tables or a public dataset, whose
    splits can be kept.

    Raises:
        DataError: The source can't be read as configured, or too many of its rows are unusable.
        ConfigError: `evaluate.class_roles` names a role or class that does not exist.
    """
    dataset = open_public(config.data, "texts") if is_public(config.data.source) else None
    if dataset is not None:
        config = config.model_copy(update={"data": adopt_settings(config.data, dataset)})
    data = config.data
    content = content_of(data)
    seed = config.train.seed
    if dataset is None:
        found = load_table(data, content, seed=seed)
    else:
        rows = read_public(dataset, data)
        found = divide_rows(rows, data, content, seed=seed, provenance=dataset.provenance)
    # A role that no class has is told now, not after hours of training.
    find_polarity(found.names, config.evaluate.class_roles)
    examples = {
        name: _examples_of(found.table, found.positions(name), found.targets) for name in _SPLITS
    }
    provenance = _add_notes(found.provenance)
    return _splits(examples, found.names, provenance, found.quarantine)


def _add_notes(provenance: Provenance) -> Provenance:
    conditions = dict.fromkeys((*provenance.conditions, LENGTH_BAND))
    notes = (*provenance.notes, _IDENTITY_NOTE)
    return replace(provenance, conditions=tuple(conditions), notes=notes)


def synthesize(config: SentimentConfig, num_examples: int, seed: int) -> Splits:
    """Generate `num_examples` reviews by authors of whom each is in one split."""
    data = config.data
    reviews = generate_reviews(
        num_examples,
        seed=seed,
        group_bias=data.demo_group_bias,
        validation_share=data.validation_share,
        test_share=data.test_share,
        num_classes=data.demo_num_classes,
    )
    names = CLASS_NAMES[data.demo_num_classes]
    table = reviews.table.rename(columns={"author": "entity", "region": f"{_GROUP_PREFIX}region"})
    targets = np.array([names.index(label) for label in table["label"]], dtype=np.int64)
    split_of_row = table["split"].to_numpy(dtype=str)
    examples = {}
    for name in _SPLITS:
        rows = np.flatnonzero(split_of_row == name)
        examples[name] = _examples_of(table, rows, targets, reviews.ground_truth)
    settings = (
        num_examples,
        seed,
        data.demo_group_bias,
        data.validation_share,
        data.test_share,
        data.demo_num_classes,
    )
    key = json.dumps([GENERATOR_VERSION, *settings])
    splits = _splits(examples, names, _describe_demo(hashlib.sha256(key.encode()).hexdigest()), ())
    return replace(splits, target=Categories(names=names, ordered=True))


def _splits(
    examples: Mapping[str, Examples],
    names: tuple[str, ...],
    provenance: Provenance,
    quarantine: tuple[Problem, ...],
) -> Splits:
    train, val, test = (examples[name] for name in _SPLITS)
    return Splits(
        train=train,
        val=val,
        test=test,
        target=Categories(names=names),
        provenance=provenance,
        quarantine=quarantine,
        content="text",
    )


def _examples_of(
    table: pd.DataFrame,
    positions: NDArray[np.int64],
    targets: NDArray[np.int64],
    ground_truth: tuple[NDArray[np.float32], ...] | None = None,
) -> Examples:
    chosen = table.iloc[positions]
    texts = chosen["text"].to_numpy(dtype=object)
    given = {
        name.removeprefix(_GROUP_PREFIX): chosen[name].tolist()
        for name in chosen.columns
        if name.startswith(_GROUP_PREFIX)
    }

    def rows(indices: NDArray[np.int64]) -> Rows:
        return {"text": texts[indices]}

    examples = Examples(
        ids=shared_names(chosen["id"]),
        entities=shared_names(chosen["entity"]),
        targets=targets[positions],
        groups=group_table(texts.tolist(), given),
        rows=rows,
    )
    if ground_truth is None:
        return examples
    return replace(examples, ground_truth=lambda index: ground_truth[int(positions[index])])


def _describe_demo(checksum: str) -> Provenance:
    return Provenance(
        name="Grammar reviews",
        source="demo",
        version=GENERATOR_VERSION,
        licence="Apache-2.0",
        citation="",
        checksum=checksum,
        synthetic=True,
        conditions=(LENGTH_BAND,),
        notes=(
            (
                "Synthetic reviews from a grammar: labels follow from the composition of words, not"
                " from the words alone."
            ),
            (
                "Biases are planted on purpose (data.demo_group_bias); regions and their words are"
                " invented."
            ),
            _IDENTITY_NOTE,
        ),
    )


_IDENTITY_NOTE = (
    "Identity groups are found by short English word lists: they say whom a text mentions, not who"
    " wrote it."
)
