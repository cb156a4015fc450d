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
from shared.contract import Examples, Splits
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
        counts: (classes,) int64 recorded training rows; empty for forecasts.
        made: (classes,) int64 rows that were made beside them.
    """

    config: TrainConfig
    counts: NDArray[np.int64]
    made: NDArray[np.int64]

    @classmethod
    def of(
        cls, splits: Splits, config: TrainConfig, generated: Examples | None = None
    ) -> ClassBalance:
        """As the configuration asks for, with rows that were made for this training.

        Raises:
            ConfigError: It asks for what a forecast, which has no classes, can't have.
        """
        if isinstance(splits.target, Categories):
            num_classes = len(splits.target.names)
            counts = np.bincount(splits.train.targets.astype(np.int64), minlength=num_classes)
            if generated is None:
                return cls(config, counts, np.zeros_like(counts))
            return cls(config, counts, np.bincount(generated.targets, minlength=num_classes))
        for key, usual in (("loss", "cross_entropy"), ("sampling", "natural")):
            if getattr(config, key) != usual:
                raise ConfigError(
                    f"train.{key}={getattr(config, key)} is about classes, and a forecast has none:"
                    f" leave it out, or {set_option(f'train.{key}', usual)}"
                )
        return cls(config, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    @property
    def log_shares(self) -> tuple[float, ...] | None:
        """(classes,) what the network itself does not learn; None if it learns natural logits."""
        balances = self.config.loss in ("class_weighted", "logit_adjusted")
        if balances or self.config.sampling == "balanced":
            return tuple(_log_shares(self.counts).tolist())
        if self.made.any():
            # Of recorded rows, less those of what it is shown.
            seen = _log_shares(self.counts + self.made)
            return tuple((_log_shares(self.counts) - seen).tolist())
        return None

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
        shown_otherwise = self.config.sampling == "balanced" or self.made.any()
        return BalancedLoss(inner, self.log_shares or ()) if shown_otherwise else inner

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


def _log_shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    rows = np.maximum(counts, _ABSENT_ROWS)
    return np.asarray(np.log(rows / rows.sum()))


def build_network(context: StageContext, splits: Splits, balance: ClassBalance) -> keras.Model:
    """The pipeline's network; where it learns of balanced classes, with their shares put back."""
    network = context.pipeline.model(context.config, splits.target)
    log_shares = balance.log_shares
    return network if log_shares is None else with_class_shares(network, log_shares)
