"""Choosing the epoch that is kept, and when to stop (early stopping).

Its memory can be saved and put back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.training.checkpoints.state import averaged_weights

__all__ = ["AveragedWeights", "BestEpoch", "decisive_loss"]


def decisive_loss(config: TrainConfig) -> str:
    """The validation loss that the best epoch is judged by.

    With group DRO the worst group's, as its authors do, else that of all rows.
    """
    return "val_worst_group_loss" if config.mitigation == "group_dro" else "val_loss"


class AveragedWeights(keras.callbacks.Callback):
    """Validates with the moving averages of the weights, and puts the weights back afterwards.

    To the last bit: `keras.callbacks.SwapEMAWeights` exchanges both by adding and subtracting,
    which rounds: each validation would change the training a little, and whether they are exchanged
    at the moment is a state that no checkpoint would know.
    """

    def __init__(self) -> None:
        super().__init__()
        self._weights: list[NDArray[Any]] = []

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Puts the averages into the model."""
        averages = averaged_weights(self.model)
        self._weights = self.model.get_weights()
        self.model.set_weights(averages)

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        """Puts the weights back."""
        self.model.set_weights(self._weights)
        self._weights = []


class BestEpoch(keras.callbacks.Callback):
    """Remembers the weights of the epoch with the lowest validation loss.

    Training stops when that loss has not fallen for a while. With a moving average of the weights
    it is the averages that are remembered, since it is them that were validated.

    Args:
        patience_epochs: Epochs without a lower loss after which training stops.
        loss: Which one, as the logs of an epoch name it.
    """

    def __init__(self, patience_epochs: int, loss: str = "val_loss") -> None:
        super().__init__()
        self._name = loss
        self._patience_epochs = patience_epochs
        self._loss = math.inf
        self._epoch: int | None = None
        self._epochs_waited = 0
        self.weights: list[NDArray[Any]] | None = None
        """Those of the best epoch, in the order of `model.weights`; None before the first."""

    @property
    def epoch(self) -> int | None:
        """The best epoch so far, counted from 0; None before the first."""
        return self._epoch

    @property
    def is_over(self) -> bool:
        """Whether patience has run out."""
        return self._epochs_waited >= self._patience_epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compares the epoch with the best one. A loss that is not a number is not better."""
        loss = float((logs or {})[self._name])
        if loss < self._loss:
            self._loss = loss
            self._epoch = epoch
            self._epochs_waited = 0
            self.weights = averaged_weights(self.model)
            return
        self._epochs_waited += 1
        if self.is_over:
            self.model.stop_training = True

    def put_into(self, model: keras.Model) -> None:
        """Give `model` the best weights.

        Without any (no epoch was better than infinitely bad) it keeps its own.
        """
        if self.weights is not None:
            model.set_weights(self.weights)

    def state(self) -> dict[str, Any]:
        """What it remembers besides the weights, as plain JSON."""
        return {"loss": self._loss, "epoch": self._epoch, "epochs_waited": self._epochs_waited}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`; the weights are put back beside it."""
        self._loss = float(state["loss"])
        self._epoch = state["epoch"]
        self._epochs_waited = int(state["epochs_waited"])
