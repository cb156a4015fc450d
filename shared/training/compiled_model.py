"""A network ready to be fitted: wrapped, with loss, metrics, optimiser and schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from shared.config import TrainConfig
from shared.model.named_inputs import reading_by_name
from shared.model.target import loss, monitors
from shared.targets import Target
from shared.training.mitigation.group_dro import GroupDroModel
from shared.training.teaching.taught_losses import TaughtAccuracy, TaughtClasses
from shared.training.trainable import TrainableModel, get_next
from shared.training.unfreezing import Pace

__all__ = ["ReplicaInvariantAdamW", "make_trainable"]


@keras.saving.register_keras_serializable(package="plumbline")
class ReplicaInvariantAdamW(keras.optimizers.AdamW):
    """AdamW (Loshchilov & Hutter 2019) whose steps do not depend on the number of replicas.

    It takes a gradient that is already summed over all of them, as `TrainableModel` gives it. Keras
    3.15 clips each replica's share of the gradient, and looks for infinities in it, and then adds
    the shares up. A share is smaller than the sum, so more replicas meant less clipping; and
    workers that disagree about infinities wait for each other for ever.

    Args:
        schedule: The learning rate.
        paces: Path of a variable -> how it learns; of none: at the learning rate, from the start.
        options: Of AdamW.
    """

    def __init__(
        self, schedule: Any, *, paces: Mapping[str, Pace] | None = None, **options: Any
    ) -> None:
        super().__init__(schedule, **options)
        self._paces = dict(paces or {})

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step, at its own pace.

        Adam divides by the gradient's size, so that a smaller gradient would not step less.
        """
        owner = self._trainable_variables[self._get_variable_index(variable)]
        pace = self._paces.get(owner.path)
        if pace is not None:
            learns = tf.cast(self.iterations >= pace.first_step, learning_rate.dtype)
            learning_rate = learning_rate * pace.rate * learns
        super().update_step(gradient, variable, learning_rate)

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
    paces: Mapping[str, Pace] | None = None,
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
        class_loss: Of `ClassBalance` or of a teacher; None for the loss of the kind of target.
        paces: Of `unfreezing.paces`; None for a network that learns from nothing.
    """
    trainable = _wrap(
        reading_by_name(network), config, take_batch=take_batch, num_groups=num_groups
    )
    trainable.compile(
        optimizer=_make_optimizer(
            config, max(1, steps_per_epoch * config.epochs), network, paces or {}
        ),
        loss=class_loss or loss(target, config.label_smoothing),
        metrics=[TaughtAccuracy(name="accuracy")]
        if isinstance(class_loss, TaughtClasses)
        else monitors(target),
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


def _make_optimizer(
    config: TrainConfig, total_steps: int, network: keras.Model, paces: Mapping[str, Pace]
) -> keras.optimizers.Optimizer:
    warmup_steps = int(config.warmup_share * total_steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup_steps else config.learning_rate,
        decay_steps=max(1, total_steps - warmup_steps),
        warmup_target=config.learning_rate if warmup_steps else None,
        warmup_steps=warmup_steps,
    )
    optimizer = ReplicaInvariantAdamW(
        schedule,
        paces=paces,
        weight_decay=config.weight_decay,
        global_clipnorm=config.clip_norm,
        use_ema=config.ema_momentum is not None,
        ema_momentum=config.ema_momentum if config.ema_momentum is not None else 0.99,
    )
    # Biases and normalisation scales are not shrunk: they have no direction to regularise. Nor is
    # what was pretrained: 0 is not where it comes from.
    pretrained = [variable for variable in network.variables if variable.path in paces]
    optimizer.exclude_from_weight_decay(pretrained, var_names=["bias", "gamma", "beta"])
    return optimizer
