"""From a configuration to checked splits: the one place where data enters a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

import numpy as np
from numpy.typing import NDArray
from pandas.util import hash_array

from shared.config import RunConfig
from shared.config.setting_text import set_option
from shared.contract import Pipeline, Splits
from shared.datasheet.leakage import describe_time_overlap
from shared.errors import DataError
from shared.loading.spellings import settle_groups
from shared.loading.splits.declarations import (
    declare_conditions,
    groups_of,
    order_classes,
    refuse_unknown_references,
)
from shared.loading.splits.few_labels import keep_fraction
from shared.loading.splits.folds import leave_one_entity_out
from shared.loading.splits.quarantine import COPY_OF_A_SPLIT
from shared.targets import Categories, Horizon

__all__ = ["check_splits", "load_splits"]

_MOST_NAMED = 5


def load_splits(pipeline: Pipeline, config: RunConfig) -> Splits:
    """Load the configured source, and refuse what would make its numbers untrue.

    The source `demo` is synthesised.

    Raises:
        DataError: The source is unreadable, leaks between splits, or has too little to learn from.
        ConfigError: `data.conditions` or `evaluate.reference_groups` names an attribute or a group
            that the data lacks.
    """
    if config.data.split == "leave_one_entity_out":
        return _load_folds(pipeline, config)
    splits = _with_fraction(_load(pipeline, config), config)
    check_splits(
        splits,
        batch_size=config.train.batch_size,
        allow_leakage=config.data.allow_leakage,
        given=config.data.split == "given",
    )
    return splits


def _load(pipeline: Pipeline, config: RunConfig) -> Splits:
    is_demo = config.data.source == "demo"
    splits = (
        pipeline.synthesize(config, config.data.num_demo_examples, config.train.seed)
        if is_demo
        else pipeline.load(config)
    )
    splits = settle_groups(splits, config.data)
    if config.evaluate.reference_groups:
        refuse_unknown_references(config.evaluate.reference_groups, groups_of(splits))
    return declare_conditions(
        order_classes(splits, config.data.ordered_classes), config.data.conditions
    )


def _load_folds(pipeline: Pipeline, config: RunConfig) -> Splits:
    # Pipelines know three splits; how they would divide plays no role once all are put together.
    by_entity = config.model_copy(
        update={"data": config.data.model_copy(update={"split": "entity"})}
    )
    splits = leave_one_entity_out(
        _load(pipeline, by_entity),
        max_folds=config.data.max_folds,
        validation_share=config.data.validation_share,
        seed=config.train.seed,
    )
    splits = _with_fraction(splits, config)
    for number, fold in enumerate(splits.folds, start=1):
        try:
            check_splits(
                fold, batch_size=config.train.batch_size, allow_leakage=config.data.allow_leakage
            )
        except DataError as error:
            raise DataError(f"Fold {number} of {len(splits.folds)}: {error}") from error
    return splits


def _with_fraction(splits: Splits, config: RunConfig) -> Splits:
    """With `train.label_fraction` of the training rows, in each fold."""
    fraction = config.train.label_fraction
    if fraction == 1.0:
        return splits
    seed = config.train.seed
    folds = tuple(keep_fraction(fold, fraction, seed=seed) for fold in splits.folds)
    return replace(keep_fraction(splits, fraction, seed=seed), folds=folds)


def check_splits(
    splits: Splits, *, batch_size: int, allow_leakage: bool = False, given: bool = False
) -> None:
    """Refuse splits from which no true number could come.

    Those with repeated ids, entities in two splits, targets that overlap in time, one class only,
    or fewer rows than a batch.

    Equal content in two splits is refused by the data stage, which reads it.

    Args:
        splits: What a pipeline loaded.
        batch_size: Examples in one training step.
        allow_leakage: Let entities and times overlap; the datasheet tells of it.
        given: Whether the splits are those of the source, for the advice.

    Raises:
        DataError: Naming the split, the id or entity, and what to do.
    """
    _check_sizes(splits, batch_size)
    _check_ids(splits)
    by_series = splits.forecast_facts is not None and splits.forecast_facts.by_series
    if not allow_leakage and not by_series:
        _check_entities(splits)
    match splits.target:
        case Categories():
            _check_classes(splits, splits.target, given)
        case Horizon():
            if not allow_leakage:
                _check_time_order(splits, splits.target, by_series=by_series)
        case _:
            assert_never(splits.target)


def _check_sizes(splits: Splits, batch_size: int) -> None:
    for name, examples in splits.by_split().items():
        if len(examples) == 0:
            raise DataError(
                f"The split {name!r} is empty. Give it more data, or a larger share with"
                f" {set_option('data.validation_share', 0.25)}"
                f" {set_option('data.test_share', 0.25)}"
            )
    smaller = max(1, len(splits.train) // 4)
    if len(splits.train) < batch_size:
        raise DataError(
            f"The training split has {len(splits.train)} examples, fewer than one batch of"
            f" {batch_size}. Give more data, or lower it with"
            f" {set_option('train.batch_size', smaller)}",
            settings={"train.batch_size": smaller},
        )


def _check_ids(splits: Splits) -> None:
    suspects = _repeated_hashes(splits)
    if not len(suspects):
        return
    seen: dict[str, str] = {}
    for name, ids in _id_pieces(splits):
        for identifier in ids[np.isin(hash_array(ids), suspects)].tolist():
            if identifier in seen:
                raise DataError(
                    f"The id {identifier!r} appears twice: in split {seen[identifier]!r} and in"
                    f" split {name!r}. Ids must be unique."
                )
            seen[identifier] = name


def _repeated_hashes(splits: Splits) -> NDArray[np.uint64]:
    """Eight bytes for each id, where all ids at once would be a hundred."""
    hashes = np.sort(np.concatenate([hash_array(ids) for _, ids in _id_pieces(splits)]))
    return np.asarray(hashes[1:][hashes[1:] == hashes[:-1]])


def _id_pieces(splits: Splits) -> Iterator[tuple[str, NDArray[np.object_]]]:
    for name, examples in splits.by_split().items():
        for piece in examples.pieces():
            yield name, examples.ids[piece].astype(object)


def _check_entities(splits: Splits) -> None:
    entities = {name: examples.coded_entities.names for name, examples in splits.by_split().items()}
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        shared = np.intersect1d(entities[first], entities[second])
        if len(shared):
            raise DataError(
                f"Leak: {len(shared)} entities are in both {first!r} and {second!r}, for example"
                f" {str(shared[0])!r}; results would be too good to be true. Split by entity with"
                f" {set_option('data.split', 'entity')} or correct the splits in the data."
            )


def _check_classes(splits: Splits, target: Categories, given: bool) -> None:
    present = np.unique(splits.train.targets)
    if len(present) < 2:
        raise DataError(
            f"The training split has one class only ({target.names[int(present[0])]!r}, n ="
            f" {len(splits.train)}); at least two are needed to learn to tell them apart."
        )
    for name, examples in (("val", splits.val), ("test", splits.test)):
        unknown = np.setdiff1d(examples.targets, present)
        if len(unknown):
            row = int(np.flatnonzero(examples.targets == unknown[0])[0])
            raise DataError(
                f"Split {name!r}, id {str(examples.ids[row])!r}: the label"
                f" {target.names[int(unknown[0])]!r} never occurs in the training split, so nothing"
                f" can be learnt about it. {_advice_on_class(splits, target, given)}"
            )


def _advice_on_class(splits: Splits, target: Categories, given: bool) -> str:
    """What to do about a class without training rows, which depends on who made the splits."""
    copies = sum(problem.reason.startswith(COPY_OF_A_SPLIT) for problem in splits.quarantine)
    set_aside = (
        f"{copies:,} training rows were set aside as copies of rows of other splits, perhaps all of"
        " this class: remove the copies there, or give other training rows. "
        if copies
        else ""
    )
    if given:
        return (
            f"{set_aside}The splits are given: correct the label, or move rows of it into training."
        )
    tested = np.concatenate([splits.val.targets, splits.test.targets])
    missing = [target.names[c] for c in np.setdiff1d(tested, splits.train.targets).tolist()]
    if len(missing) > 1:  # Another draw would miss others.
        named = ", ".join(map(repr, missing[:_MOST_NAMED]))
        return (
            f"{set_aside}{len(missing)} classes have too few entities to be in every split ({named}"
            f"{', …' if len(missing) > _MOST_NAMED else ''}): give them more, or join some."
        )
    return (
        f"{set_aside}The split was made by entity, and no entity with this class fell into"
        f" training: give it more entities, or divide anew with {set_option('train.seed', 1)}"
    )


def _check_time_order(splits: Splits, target: Horizon, *, by_series: bool) -> None:
    for sentence in describe_time_overlap(splits.by_split(), target, by_series=by_series):
        raise DataError(
            f"Leak: {sentence[0].lower()}{sentence[1:]} One must end before the other begins."
        )
