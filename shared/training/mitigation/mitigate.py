"""What a mitigation changes about the examples of a training.

Their weights, how often they are shown, or the groups that they are of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.contract import Examples, Splits
from shared.errors import ConfigError
from shared.loading.batches.batching import Prepared
from shared.loading.batches.epoch_order import DrawCounts
from shared.run.artefacts.train_file import MitigatedGroup, TrainedMitigation
from shared.targets import Categories, Horizon, Target
from shared.training.mitigation.group_dro import GroupDroModel
from shared.training.mitigation.groups import LEFT, MitigatedGroups, read_groups
from shared.training.mitigation.shares import (
    apportion,
    balanced_counts,
    factors,
    independent_counts,
)
from shared.training.trainable import TrainableModel

__all__ = ["Mitigation", "plan_mitigation"]


@dataclass(frozen=True)
class Mitigation:
    """How one training treats its groups.

    Attributes:
        config: With the method.
        groups: Of the mitigated attribute.
        counts: (groups, classes) int64 training rows; one column for forecasts.
        wanted: (groups, classes) float64: for how many rows they count, or how many are shown in an
            epoch.
    """

    config: TrainConfig
    groups: MitigatedGroups
    counts: NDArray[np.int64]
    wanted: NDArray[np.float64]

    def apply(self, splits: Splits, train: Prepared, val: Prepared) -> tuple[Prepared, Prepared]:
        """Both splits as this mitigation wants them.

        Validation is treated like training, because the epoch that is kept must be good at what is
        minimised: by the same weights, or with the loss of the worst group.
        """
        match self.config.mitigation:
            case "none":
                return train, val
            case "reweighing":
                train_weights = self._weights(splits.target, splits.train, self.groups.train)
                val_weights = self._weights(splits.target, splits.val, self.groups.val)
                return (
                    replace(train, sample_weights=train_weights),
                    replace(val, sample_weights=val_weights),
                )
            case "balanced_sampling":
                val_weights = self._weights(splits.target, splits.val, self.groups.val)
                return (
                    replace(train, draw_counts=self._draw_counts(splits)),
                    replace(val, sample_weights=val_weights),
                )
            case "group_dro":
                train_ids = self.groups.train.astype(np.int32)
                val_ids = self.groups.val.astype(np.int32)
                drawn = self._draw_counts(splits)
                return (
                    replace(train, group_ids=train_ids, draw_counts=drawn),
                    replace(val, group_ids=val_ids),
                )
            case _:
                assert_never(self.config.mitigation)

    def describe(self, trainable: TrainableModel | None = None) -> TrainedMitigation:
        """What `train.json` says of it.

        Of each group its rows, and for how many they count or how many are shown in an epoch; with
        group DRO also q of the epoch that is kept.
        """
        num_rows = self.counts.sum(axis=1)
        num_wanted = self.wanted.sum(axis=1)
        columns = zip(self.groups.names, num_rows, num_wanted, strict=True)
        groups = [
            MitigatedGroup(group=name, n=int(rows), counts_for=round(float(wanted), 3))
            for name, rows, wanted in columns
        ]
        weights = None
        if isinstance(trainable, GroupDroModel):
            weights = tuple(trainable.group_weights.numpy().round(6).tolist())
        return TrainedMitigation(
            method=self.config.mitigation,
            attribute=self.config.mitigated_attribute,
            groups=tuple(groups),
            num_left_as_they_are=int((self.groups.train == LEFT).sum()),
            group_weights=weights,
        )

    def _weights(
        self, target: Target, part: Examples, codes: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """(n,) for each row; 1 for those that are left as they are, and for what training lacks."""
        weights = factors(self.wanted, self.counts)[np.maximum(codes, 0), _classes(target, part)]
        return np.where(codes == LEFT, 1.0, weights).astype(np.float32)

    def _draw_counts(self, splits: Splits) -> DrawCounts:
        """A stratum for each group, divided by class if `wanted` is.

        A last one is for the rows that are left as they are.
        """
        num_columns = self.counts.shape[1]
        column = _classes(splits.target, splits.train) if num_columns > 1 else 0
        strata = np.where(
            self.groups.train == LEFT, self.counts.size, self.groups.train * num_columns + column
        )
        return DrawCounts(
            strata,
            np.append(self.wanted.ravel(), (self.groups.train == LEFT).sum()).astype(np.int64),
        )


def plan_mitigation(splits: Splits, config: TrainConfig) -> Mitigation | None:
    """What `train.mitigation` makes of this data; None for "none".

    Group DRO draws its groups uniformly, as its algorithm says; balanced sampling also keeps the
    class shares of each group equal. For both groups are enough, so forecasts may have them: their
    groups describe circumstances such as season or site, and a forecast that is good in the worst
    of them is asked for as often as one that is good for people. Only reweighing is about classes.

    Raises:
        ConfigError: The data has no such groups, or no classes where they are needed.
        DataError: The validation split lacks what the epoch is to be chosen on.
    """
    if config.mitigation == "none":
        return None
    if config.mitigation == "reweighing" and not isinstance(splits.target, Categories):
        raise ConfigError(
            "train.mitigation=reweighing makes group and class independent, and a forecast has no"
            " classes. Use balanced_sampling or group_dro, which need groups only."
        )
    groups = read_groups(splits, config)
    counts = _counts(splits, groups)
    match config.mitigation:
        case "reweighing":
            return Mitigation(
                config, groups, counts, np.where(counts > 0, independent_counts(counts), 0.0)
            )
        case "balanced_sampling":
            return Mitigation(
                config, groups, counts, apportion(balanced_counts(counts)).astype(np.float64)
            )
        case "group_dro":
            rows = counts.sum(axis=1, keepdims=True)
            return Mitigation(
                config, groups, rows, apportion(balanced_counts(rows)).astype(np.float64)
            )
        case _:
            assert_never(config.mitigation)


def _counts(splits: Splits, groups: MitigatedGroups) -> NDArray[np.int64]:
    known = groups.train != LEFT
    counts = np.zeros((len(groups.names), _num_classes(splits.target)), dtype=np.int64)
    np.add.at(counts, (groups.train[known], _classes(splits.target, splits.train)[known]), 1)
    return counts


def _num_classes(target: Target) -> int:
    match target:
        case Categories():
            return len(target.names)
        case Horizon():
            return 1
        case _:
            assert_never(target)


def _classes(target: Target, part: Examples) -> NDArray[np.int64]:
    """(n,) the class of each row; 0 for forecasts."""
    match target:
        case Categories():
            return part.targets.astype(np.int64)
        case Horizon():
            return np.zeros(len(part), dtype=np.int64)
        case _:
            assert_never(target)
