"""Magnitude pruning: the smallest weights become 0, and what is left is trained on for a while.

Han et al. 2015 (section 3) prune and retrain; the cut is over all matrices and filters together, as
in the global baseline of Blalock et al. 2020. It makes files smaller once they are zipped. LiteRT
stores and multiplies zeros like any number, so that nothing becomes faster by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from shared.config import TrainConfig
from shared.errors import CompressionRefusedError
from shared.run.artefacts.compression.record import PrunedShare, PruningRecord
from shared.run.context import StageContext
from shared.statistics.shares import clustered_mean
from shared.training.compiled_model import make_trainable
from shared.training.fit import fit_model, seed_everything
from shared.training.prepared_splits import PreparedSplits, prepare_splits

__all__ = [
    "SHARES",
    "FineTuned",
    "KeepZero",
    "choose_share",
    "fine_tune",
    "masks_of",
    "prunable_weights",
]

SHARES = (0.5, 0.75, 0.9)
"""Of the weights that are cut, in the order in which they are tried."""

_ONE_STANDARD_ERROR = 0.6827
"""Level of an interval of one standard error to both sides."""

_SHARE_OF_EPOCHS = 0.2
_SHARE_OF_LEARNING_RATE = 0.1

_Masks = Sequence[NDArray[np.float32]]


class KeepZero(keras.callbacks.Callback):
    """Puts what was cut back to 0 after each step.

    Args:
        weights: That were pruned.
        masks: 0 where they were cut, else 1.
    """

    def __init__(self, weights: Sequence[Any], masks: _Masks) -> None:
        super().__init__()
        self._pairs = list(zip(weights, masks, strict=True))

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """After the optimiser's step; of several steps in one execution, after the last."""
        self.cut()

    def cut(self) -> None:
        """Set them to 0 now."""
        for weight, mask in self._pairs:
            weight.assign(weight * mask)


@dataclass(frozen=True)
class FineTuned:
    """What fine-tuning goes by, for all amounts.

    Attributes:
        config: Of the fine-tuning: a fifth of the epochs, a tenth of the learning rate.
        prepared: The training and the validation split.
    """

    config: TrainConfig
    prepared: PreparedSplits

    @classmethod
    def of(cls, context: StageContext) -> FineTuned:
        """Of a run.

        Its preprocessing is fitted again on the same rows, which gives the same.
        """
        train = context.config.train
        changes = {
            "epochs": max(1, round(_SHARE_OF_EPOCHS * train.epochs)),
            "learning_rate": _SHARE_OF_LEARNING_RATE * train.learning_rate,
            "warmup_share": 0.0,
            "ema_momentum": None,
            "steps_per_execution": 1,
        }
        return cls(train.model_copy(update=changes), prepare_splits(context, context.splits()))


def prunable_weights(model: keras.Model) -> list[Any]:
    """Matrices, filters and tables of embeddings: what has two axes or more and is learnt."""
    return [weight for weight in model.trainable_weights if len(weight.shape) >= 2]


def masks_of(weights: Sequence[NDArray[np.float32]], share: float) -> list[NDArray[np.float32]]:
    """0 for the `share` of all weights together that are nearest to 0, else 1."""
    sizes = np.concatenate([np.abs(each).ravel() for each in weights])
    threshold = np.quantile(sizes, share)
    return [(np.abs(each) > threshold).astype(np.float32) for each in weights]


def fine_tune(context: StageContext, model: keras.Model, tuned: FineTuned, share: float) -> None:
    """Cut a share of the weights of a model in place, and train on with what is left.

    It ends with the weights of the epoch with the best validation loss.
    """
    seed_everything(tuned.config)
    weights = prunable_weights(model)
    keep = KeepZero(weights, masks_of([np.asarray(weight) for weight in weights], share))
    keep.cut()
    prepared = tuned.prepared
    trainable = make_trainable(
        model,
        context.splits().target,
        tuned.config,
        steps_per_epoch=prepared.train.num_examples // tuned.config.batch_size,
        num_groups=prepared.num_groups,
        class_loss=prepared.class_loss,
    )
    fit_model(trainable, prepared.train, prepared.val, tuned.config, [keep])
    keep.cut()


def choose_share(
    losses: Mapping[float, NDArray[np.float64]],
    full: NDArray[np.float64],
    entities: NDArray[np.str_],
    *,
    num_weights: int,
    epochs: int,
) -> PruningRecord:
    """The largest share whose loss is within one standard error of the full model's.

    The rule of one standard error (Breiman et al. 1984, section 3.4.3), paired and by entity.

    Args:
        losses: Share -> losses of the validation rows, (n,) each.
        full: (n,) those of the full model.
        entities: (n,) str.
        num_weights: That could be pruned.
        epochs: Of fine-tuning.

    Raises:
        CompressionRefusedError: None is.
    """
    tried = []
    for share, loss in losses.items():
        difference = clustered_mean(loss - full, entities, _ONE_STANDARD_ERROR, is_share=False)
        is_kept = difference.ci_low is not None and difference.ci_low <= 0.0
        tried.append(
            PrunedShare(
                share=share, loss=float(np.nanmean(loss)), difference=difference, kept=is_kept
            )
        )
    kept = [one.share for one in tried if one.kept]
    if not kept:
        least = tried[0]
        raise CompressionRefusedError(
            f"Without {least.share:.0%} of its weights the validation loss rises by"
            f" {least.difference.value or 0.0:.4g}, more than one standard error, and with fewer"
            " weights still more. Nothing was written. Train longer, or choose another --method."
        )
    return PruningRecord(
        share=max(kept), num_weights=num_weights, epochs=epochs, tried=tuple(tried)
    )
