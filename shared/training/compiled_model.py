"""A network ready to be fitted: wrapped, with loss, metrics, optimiser and schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from shared.config import TrainConfig
from shared.model.named_inputs import reading_by_name
from shared.model.target import loss, monitors
from shared.targets import Target
from shared.training.mitigation.group_dro import GroupDroModel
from shared.training.trainable import TrainableModel, get_next

__all__ = ["ReplicaInvariantAdamW", "make_trainable"]


@keras.saving.register_keras_serializable(package="plumbline")
class ReplicaInvariantAdamW(keras.optimizers.AdamW):
    """AdamW (Loshchilov & Hutter 2019) whose steps do not depend on the number of replicas.

    It takes a gradient that is already summed over all of them, as `TrainableModel` gives it. Keras
    3.15 clips each replica's share of the gradient, and looks for infinities in it, and then adds
    the shares up. A share is smaller than the sum, so more replicas meant less clipping; and
    workers that disagree about infinities wait for each other for ever.
    """

    def _all_reduce_sum_gradients(self, grads_and_vars: Any) -> Any:
        return list(grads_and_vars)  # nothing left to add


def make_trainable(
    network: keras.Model,
    target: Target,
    config: TrainConfig,
    *,
    steps_per_epoch: int,
    take_batch: Callable[[Any], Any] = get_next,
    num_groups: int = 0,
    class_loss: keras.losses.Loss | None = None,
) -> TrainableModel:
    """Wrap a network with loss, metrics and AdamW, and compile it.

    The learning rate rises linearly (warm-up), then falls to 0 along a cosine. Call it inside the
    strategy's scope.

    Args:
        network: Built, not compiled; it may leave some of the tensors unread.
        target: What it predicts.
        config: How it is fitted.
        steps_per_epoch: For the schedule.
        take_batch: As of `TrainableModel`.
        num_groups: Of the mitigated attribute; only group DRO asks for it.
        class_loss: Of `ClassBalance`; None for the loss of the kind of target.
    """
    trainable = _wrap(
        reading_by_name(network), config, take_batch=take_batch, num_groups=num_groups
    )
    trainable.compile(
        optimizer=_make_optimizer(config, max(1, steps_per_epoch * config.epochs)),
        loss=class_loss or loss(target, config.label_smoothing),
        metrics=monitors(target),
        steps_per_execution=config.steps_per_execution,
        jit_compile=False,  # the trainable compiles itself, within each replica
    )
    return trainable


def _wrap(
    network: keras.Model,
    config: TrainConfig,
    *,
    take_batch: Callable[[Any], Any],
    num_groups: int,
) -> TrainableModel:
    if config.mitigation == "group_dro":
        return GroupDroModel(
            network,
            num_groups=num_groups,
            step_size=config.group_dro_step_size,
            take_batch=take_batch,
        )
    return TrainableModel(
        network,
        gradient_accumulation=config.gradient_accumulation,
        jit=config.jit,
        take_batch=take_batch,
    )


def _make_optimizer(config: TrainConfig, total_steps: int) -> keras.optimizers.Optimizer:
    warmup_steps = int(config.warmup_share * total_steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup_steps else config.learning_rate,
        decay_steps=max(1, total_steps - warmup_steps),
        warmup_target=config.learning_rate if warmup_steps else None,
        warmup_steps=warmup_steps,
    )
    optimizer = ReplicaInvariantAdamW(
        schedule,
        weight_decay=config.weight_decay,
        global_clipnorm=config.clip_norm,
        use_ema=config.ema_momentum is not None,
        ema_momentum=config.ema_momentum if config.ema_momentum is not None else 0.99,
    )
    # Biases and normalisation scales are not shrunk: they have no direction to regularise.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
