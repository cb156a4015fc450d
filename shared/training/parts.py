"""The two parts that a training sees, prepared, and treated as its mitigation asks."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from shared.contract import Splits
from shared.loading.batches.batching import Prepared, prepare
from shared.loading.batches.prepared_cache import open_cache
from shared.run.context import StageContext
from shared.training.mitigation.mitigate import Mitigation, plan_mitigation
from shared.training.watching.suspects import TrainedOn

__all__ = ["TrainingSplits", "prepare_splits"]


@dataclass(frozen=True)
class TrainingSplits:
    """What a network is fitted on and judged by.

    Attributes:
        preprocess: Row -> tensors, fitted on the training split.
        train: What is fitted on.
        val: What the epoch is chosen on.
        mitigation: What was done for groups; None for nothing.
        examples: Both parts with the names of their rows.
    """

    preprocess: keras.Model
    train: Prepared
    val: Prepared
    mitigation: Mitigation | None
    examples: TrainedOn

    @property
    def num_groups(self) -> int:
        """Of the mitigated attribute."""
        return 0 if self.mitigation is None else len(self.mitigation.groups.names)


def prepare_splits(context: StageContext, splits: Splits) -> TrainingSplits:
    """Fit the preprocessing and run it over the training and the validation split.

    Raises:
        ConfigError: `train.mitigation` asks for groups or classes that the data lacks.
        DataError: The validation split lacks the groups that the epoch is to be chosen on.
    """
    config = context.config
    mitigation = plan_mitigation(splits, config.train)  # refused before anything is computed
    preprocess, decode = (
        context.pipeline.preprocess(config, splits.train),
        context.pipeline.decode(config),
    )
    cache, limit_mib = open_cache(config, splits.provenance), config.data.cache_limit_mib
    train, val = (
        prepare(
            part,
            splits.target,
            decode,
            preprocess,
            cache_limit_mib=limit_mib,
            progress=context.progress,
            cache=cache,
        )
        for part in (splits.train, splits.val)
    )
    if mitigation is not None:
        train, val = mitigation.apply(splits, train, val)
    return TrainingSplits(
        preprocess,
        train,
        val,
        mitigation,
        TrainedOn(splits.train.ids, train, splits.val.ids, val, config.train),
    )
