"""How a training treats classes that are not equally frequent: by its loss, or by what it shows.

Whatever it does, the network emits natural logits: `shared.model.class_losses` says how. Classes
decide otherwise only by `calibrate.decide_for`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

import keras
import numpy as np
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.config.setting_text import set_option
from shared.contract import Splits
from shared.errors import ConfigError
from shared.loading.batches.batching import Prepared
from shared.loading.batches.epoch_order import DrawCounts
from shared.model.class_losses import (
    BalancedLoss,
    FocalCrossEntropy,
    SmoothedCrossEntropy,
    with_class_shares,
)
from shared.run.context import StageContext
from shared.targets import Categories
from shared.training.mitigation.shares import apportion, balanced_counts, factors

__all__ = ["ClassBalance", "build_network"]

_ABSENT_ROWS = 0.5
"""Rows of a class that training lacks, so that its share has a logarithm."""


@dataclass(frozen=True)
class ClassBalance:
    """What one training does about its classes.

    Attributes:
        config: Loss and sampling.
        counts: (classes,) int64 training rows; empty for forecasts.
    """

    config: TrainConfig
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, splits: Splits, config: TrainConfig) -> ClassBalance:
        """As the configuration asks for.

        Raises:
            ConfigError: It asks for what a forecast, which has no classes, can't have.
        """
        if isinstance(splits.target, Categories):
            targets = splits.train.targets.astype(np.int64)
            return cls(config, np.bincount(targets, minlength=len(splits.target.names)))
        for key, usual in (("loss", "cross_entropy"), ("sampling", "natural")):
            if getattr(config, key) != usual:
                raise ConfigError(
                    f"train.{key}={getattr(config, key)} is about classes, and a forecast has none:"
                    f" leave it out, or {set_option(f'train.{key}', usual)}"
                )
        return cls(config, np.empty(0, dtype=np.int64))

    @property
    def log_shares(self) -> tuple[float, ...] | None:
        """(classes,) what the network itself does not learn; None if it learns natural logits."""
        balances = self.config.loss in ("class_weighted", "logit_adjusted")
        if not balances and self.config.sampling == "natural":
            return None
        rows = np.maximum(self.counts, _ABSENT_ROWS)
        return tuple(np.log(rows / rows.sum()).tolist())

    def loss(self) -> keras.losses.Loss:
        """The training loss of natural logits; one number a row."""
        num_classes = len(self.counts)
        plain = SmoothedCrossEntropy(num_classes, self.config.label_smoothing)
        match self.config.loss:
            case "cross_entropy" | "logit_adjusted":
                inner: keras.losses.Loss = plain
            case "class_weighted":
                return BalancedLoss(plain, self.log_shares or (), self._factors().tolist())
            case "focal":
                gamma = self.config.focal_gamma
                inner = FocalCrossEntropy(num_classes, self.config.label_smoothing, gamma)
            case _:
                assert_never(self.config.loss)
        # Logit adjustment is the cross-entropy of the network's own logits plus log shares (Menon
        # et al. 2021, eq. 10), which is that of the natural ones.
        is_drawn = self.config.sampling == "balanced"
        return BalancedLoss(inner, self.log_shares or ()) if is_drawn else inner

    def apply(self, splits: Splits, train: Prepared, val: Prepared) -> tuple[Prepared, Prepared]:
        """Both splits as the sampling wants them.

        Validation is weighted as training is drawn, because the epoch that is kept must be good at
        what is minimised.
        """
        if self.config.sampling == "natural":
            return train, val
        drawn = DrawCounts(splits.train.targets.astype(np.int64), self._wanted().astype(np.int64))
        weights = self._factors()[splits.val.targets.astype(np.int64)].astype(np.float32)
        return replace(train, draw_counts=drawn), replace(val, sample_weights=weights)

    def _wanted(self) -> NDArray[np.float64]:
        """(classes,) rows if the classes that training has were equally frequent."""
        present = self.counts > 0
        wanted = np.zeros(len(self.counts))
        wanted[present] = apportion(balanced_counts(self.counts[present][:, None]))[:, 0]
        return wanted

    def _factors(self) -> NDArray[np.float64]:
        """(classes,) weights whose mean over the training rows is 1."""
        return factors(self._wanted(), self.counts)


def build_network(context: StageContext, splits: Splits) -> keras.Model:
    """The pipeline's network; where it learns of balanced classes, with their shares put back."""
    network = context.pipeline.model(context.config, splits.target)
    log_shares = ClassBalance.of(splits, context.config.train).log_shares
    return network if log_shares is None else with_class_shares(network, log_shares)
