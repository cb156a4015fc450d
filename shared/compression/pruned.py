"""A run's model with as many weights cut as validation allows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.compression.pruning import (
    SHARES,
    FineTuned,
    choose_share,
    fine_tune,
    prunable_weights,
)
from shared.errors import CompressionRefusedError
from shared.model.trained_model import TrainedModel
from shared.prediction.predict import predict_split
from shared.run.artefacts.compression.record import PruningRecord
from shared.run.context import StageContext
from shared.targets import Categories, Target
from shared.targets.predictions import Predictions

__all__ = ["Pruned", "prune"]


@dataclass(frozen=True)
class Pruned:
    """A pruned model.

    Attributes:
        trained: With the chosen weights.
        record: Why these.
        val: Validation rows as it scores them.
    """

    trained: TrainedModel
    record: PruningRecord
    val: Predictions


def prune(context: StageContext, trained: TrainedModel, full_val: Predictions) -> Pruned:
    """Cut more and more weights of a trained model in place; keep the most that validation allows.

    Args:
        context: Of its run.
        trained: The model; it ends with the chosen weights.
        full_val: Validation rows as it scored them before.

    Raises:
        CompressionRefusedError: There is nothing to cut, or every cut costs too much.
    """
    num_weights = sum(int(np.prod(each.shape)) for each in prunable_weights(trained.model))
    if num_weights == 0:
        raise CompressionRefusedError(
            f"{context.run.path} deploys its floor, which has no trained weights to prune. Nothing"
            " was written. Choose --method float16 or int8."
        )
    tuned = FineTuned.of(context)
    whole = trained.model.get_weights()
    by_share = {}
    for number, share in enumerate(SHARES):
        context.progress.update(number, len(SHARES), f"pruning {share:.0%}")
        trained.model.set_weights(whole)
        fine_tune(context, trained.model, tuned, share)
        by_share[share] = _Cut(
            trained.model.get_weights(),
            predict_split(_fresh(trained), context.splits().val, context.progress),
        )
    target = context.splits().target
    losses = {share: _losses(target, cut.val) for share, cut in by_share.items()}
    record = choose_share(
        losses,
        _losses(target, full_val),
        full_val.entities,
        num_weights=num_weights,
        epochs=tuned.config.epochs,
    )
    chosen = by_share[record.share]
    trained.model.set_weights(chosen.weights)
    return Pruned(_fresh(trained), record, chosen.val)


@dataclass(frozen=True)
class _Cut:
    weights: list[NDArray[np.float32]]
    val: Predictions


def _fresh(trained: TrainedModel) -> TrainedModel:
    """Without functions that were compiled for other weights' features."""
    return replace(trained)


def _losses(target: Target, predictions: Predictions) -> NDArray[np.float64]:
    """(n,) what training minimises, or nearly: log loss, or the standardised squared error."""
    errors = target.row_errors(predictions)
    return errors["log_loss" if isinstance(target, Categories) else "mse_standardised"]
