"""The train stage: fit the preprocessing, fit the model, keep the best weights."""

from __future__ import annotations

import resource
import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.config import TrainConfig
from shared.context import StageContext
from shared.heads import loss, monitors
from shared.loading.batching import Prepared, prepare, training_batches, validation_batches
from shared.loading.prepared_cache import open_cache
from shared.targets import Categories, Target
from shared.training.callbacks import HistoryFile, ProgressLine, StopOnDivergence
from shared.training.optimizer import ReplicaInvariantAdamW
from shared.training.strategy import make_strategy

__all__ = ["compile_model", "fit_model", "seed_everything", "train_stage"]


def train_stage(context: StageContext) -> None:
    """Write `preprocess.keras`, `model.keras`, `history.csv` and `train.json`."""
    config, splits = context.config, context.splits()
    seed_everything(config.train)
    started = time.perf_counter()
    preprocess = context.pipeline.preprocess(config, splits.train)
    with context.run.replacing("preprocess.keras") as path:
        preprocess.save(path)
    decode = context.pipeline.decode(config)
    cache, limit_mib = open_cache(config, splits.provenance), config.data.cache_limit_mib
    train, val = (
        prepare(part, splits.target, decode, preprocess, cache_limit_mib=limit_mib, progress=context.progress, cache=cache)
        for part in (splits.train, splits.val)
    )
    fit_started = time.perf_counter()
    strategy = make_strategy(config.train.strategy)
    with strategy.scope():
        model = context.pipeline.model(config, splits.target)
        compile_model(model, splits.target, config.train, steps_per_epoch=train.num_examples // config.train.batch_size)
    history = HistoryFile(context.run)
    fit_model(model, train, val, config.train, [history, ProgressLine(context.progress, config.train.batch_size)])
    with context.run.replacing("model.keras") as path:
        model.save(path)
    finished = time.perf_counter()
    context.run.write_json(
        "train.json",
        {
            "seconds": round(finished - started, 3),
            "fit_seconds": round(finished - fit_started, 3),
            **_cost(model, history.rows, train.num_examples, finished - fit_started),
            "strategy": config.train.strategy,
            "num_replicas": strategy.num_replicas_in_sync,
            "devices": [device.name for device in tf.config.list_logical_devices()],
        },
    )


def seed_everything(config: TrainConfig) -> None:
    """Seed Python, NumPy and TensorFlow, and ask TensorFlow for deterministic kernels if configured."""
    keras.utils.set_random_seed(config.seed)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()


def compile_model(model: keras.Model, target: Target, config: TrainConfig, *, steps_per_epoch: int) -> None:
    """Attach loss, metrics and AdamW (Loshchilov & Hutter 2019) with linear warm-up and cosine decay to 0.

    Call it inside the strategy's scope.
    """
    total_steps = max(1, steps_per_epoch * config.epochs)
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
    smoothing = config.label_smoothing if isinstance(target, Categories) else 0.0
    model.compile(optimizer=optimizer, loss=loss(target, smoothing), metrics=monitors(target))


def fit_model(model: keras.Model, train: Prepared, val: Prepared, config: TrainConfig, callbacks: list[keras.callbacks.Callback]) -> None:
    """Fit a compiled model and leave the weights of the epoch with the best validation loss in it.

    Raises:
        TrainingDivergedError: The loss became NaN or infinite.
    """
    # Averaged weights must be in place before the epoch is judged and remembered, so the swap comes first.
    averaging = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if config.ema_momentum is not None else []
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=config.patience_epochs, restore_best_weights=True, mode="min")
    model.fit(
        training_batches(train, batch_size=config.batch_size, seed=config.seed),
        validation_data=validation_batches(val, batch_size=config.batch_size),
        steps_per_epoch=train.num_examples // config.batch_size,
        epochs=config.epochs,
        callbacks=[*averaging, StopOnDivergence(config.learning_rate), *callbacks, stopping],
        shuffle=False,  # the dataset shuffles itself
        verbose=0,
    )


def _cost(model: keras.Model, rows: list[dict[str, Any]], num_examples: int, seconds: float) -> dict[str, Any]:
    losses = [row["val_loss"] for row in rows]
    return {
        "epochs": len(rows),
        "best_epoch": int(np.argmin(losses)) + 1,
        "num_examples": num_examples,
        "num_parameters": int(model.count_params()),
        "examples_per_second": round(len(rows) * num_examples / seconds, 1),
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),  # ru_maxrss is in KiB on Linux
    }
