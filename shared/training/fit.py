"""The train stage: fit the preprocessing, fit the model, keep the best weights."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.config import TrainConfig
from shared.contract import Splits
from shared.loading.batches.batching import Prepared, training_batches, validation_batches
from shared.run.context import StageContext
from shared.training.best_epoch import AveragedWeights, BestEpoch, decisive_loss
from shared.training.checkpoints.saving import Checkpoints, open_checkpoints
from shared.training.checkpoints.signals import listen_for_stop
from shared.training.checkpoints.store import Position, Remembering
from shared.training.cost.carbon import grid_intensity
from shared.training.cost.flops import forward_flops
from shared.training.cost.meter import CostMeter
from shared.training.cost.record import describe_cost
from shared.training.distribution.precision import as_float32, check_precision, computing_in
from shared.training.distribution.refusals import refusing_in_words
from shared.training.distribution.strategy import check_batch, make_strategy, worker_hosts
from shared.training.distribution.workers import Workers
from shared.training.folds import train_folds
from shared.training.making import make_trainable
from shared.training.parts import TrainingSplits, prepare_splits
from shared.training.trainable import TrainableModel
from shared.training.watching.callbacks import HistoryFile
from shared.training.watching.clock import TrainingClock
from shared.training.watching.waiting import WaitClock
from shared.training.watching.watchers import make_watchers

__all__ = ["Fit", "fit_fold", "fit_model", "seed_everything", "train_model", "train_stage"]


@dataclass(frozen=True)
class Fit:
    """What one fit made.

    Attributes:
        preprocess: Fitted on the training split.
        network: With the weights of the best epoch; float32, not wrapped, not compiled.
        num_examples: In the training split.
        num_replicas: That shared each batch.
        worker_hosts: Of each process that took part.
        seconds: Spent fitting the network, without preparing the examples; with what was spent
            before an interruption.
        checkpoints: What was saved, and where the training was resumed, as plain JSON.
        clock: How fast its steps were.
        element_spec: Shapes and dtypes of one example's tensors.
        mitigation: What was done for groups, as plain JSON; None for nothing.
    """

    preprocess: keras.Model
    network: keras.Model
    num_examples: int
    num_replicas: int
    worker_hosts: tuple[str, ...]
    seconds: float
    checkpoints: Mapping[str, Any]
    clock: TrainingClock
    element_spec: Mapping[str, tf.TensorSpec]
    mitigation: Mapping[str, Any] | None


def train_stage(context: StageContext) -> None:
    """Write `preprocess.keras`, `model.keras`, `history.csv` and `train.json`.

    In a cross-validation also each fold's, below `folds/`.

    All workers of a cluster run it, each with a run directory of its own: they must all take part
    in each step.
    """
    splits = context.splits()
    if not (context.resume and splits.folds):
        shutil.rmtree(context.run / "folds", ignore_errors=True)  # of an earlier configuration
    if splits.folds:
        train_folds(context, splits.folds, train_model)
    else:
        train_model(context, splits)


def train_model(context: StageContext, splits: Splits) -> None:
    """Fit one model on one split and write it, its history and its cost into the context's run directory."""
    config = context.config
    grid = grid_intensity(config.train.country_iso_code)  # refused before anything is computed
    history = HistoryFile(context.run)
    with CostMeter(num_gpus=len(tf.config.list_physical_devices("GPU"))) as meter:
        fit = fit_fold(context, splits, [history], remembering={"history": history, "cost": meter})
        for name, model in (("preprocess.keras", fit.preprocess), ("model.keras", fit.network)):
            with context.run.replacing(name) as path:
                model.save(path)
        usage = meter.usage()
    forward = forward_flops(fit.network, fit.element_spec)
    cost = describe_cost(
        usage,
        fit.clock,
        forward,
        grid,
        fit_seconds=fit.seconds,
        num_replicas=fit.num_replicas,
        worker_hosts=fit.worker_hosts,
    )
    context.run.write_json(
        "train.json",
        {
            **_outcome(fit, history.rows, decisive_loss(config.train)),
            **cost,
            "strategy": config.train.strategy,
            "num_replicas": fit.num_replicas,
            "checkpoints": dict(fit.checkpoints),
            "devices": [device.name for device in tf.config.list_logical_devices()],
            **({} if fit.mitigation is None else {"mitigation": dict(fit.mitigation)}),
        },
    )


def fit_fold(
    context: StageContext,
    splits: Splits,
    callbacks: list[keras.callbacks.Callback],
    *,
    remembering: Mapping[str, Remembering],
    folder: str = "checkpoints",
) -> Fit:
    """Fit preprocessing and network on `splits.train`, choosing the epoch on `splits.val`.

    No artefact is written.

    Args:
        context: The run; its `resume` says whether to go on from a checkpoint.
        splits: What to fit on.
        callbacks: As for `fit_model`.
        remembering: What has a memory that a checkpoint must hold, by name.
        folder: Where checkpoints lie, relative to the run; one for each training. The curves for
            TensorBoard lie beside it.

    Raises:
        ConfigError: The machine lacks what is asked for, or the batch can't be shared out.
        TrainingDivergedError: The loss became NaN or infinite.
        CheckpointError: A checkpoint can't be written, read, or belongs to another training.
        StoppedError: The process was asked to stop, and everything is saved.
    """
    config = context.config
    strategy = make_strategy(
        config.train
    )  # first of all, because a cluster must be joined before anything is computed
    check_batch(config.train, strategy.num_replicas_in_sync, len(splits.train))
    check_precision(config.train)
    seed_everything(config.train)
    parts = prepare_splits(context, splits)
    workers = Workers(strategy)
    waiting = WaitClock(
        deterministic=config.train.deterministic
    )  # outside of the scope: a variable of this process, not of replicas
    clock = TrainingClock(config.train.batch_size, waiting)
    watchers = make_watchers(context, parts.examples, clock, folder=folder)
    with strategy.scope(), listen_for_stop() as stop:
        trainable = _make_trainable(context, splits, parts, waiting)
        checkpoints = open_checkpoints(
            context, splits, workers, {"clock": clock, **remembering}, stop, folder=folder
        )
        with refusing_in_words(config.train):
            fit_model(
                trainable,
                parts.train,
                parts.val,
                config.train,
                [*watchers, *callbacks],
                checkpoints=checkpoints,
            )
    return Fit(
        preprocess=parts.preprocess,
        network=_as_saved(trainable.network, context, splits),
        num_examples=parts.train.num_examples,
        num_replicas=strategy.num_replicas_in_sync,
        worker_hosts=worker_hosts(strategy),
        seconds=checkpoints.seconds,
        checkpoints=checkpoints.describe(),
        clock=clock,
        element_spec=parts.train.element_spec,
        mitigation=None if parts.mitigation is None else parts.mitigation.describe(trainable),
    )


def seed_everything(config: TrainConfig) -> None:
    """Seed Python, NumPy and TensorFlow, and ask TensorFlow for deterministic kernels if configured."""
    keras.utils.set_random_seed(config.seed)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()


def fit_model(
    trainable: TrainableModel,
    train: Prepared,
    val: Prepared,
    config: TrainConfig,
    callbacks: list[keras.callbacks.Callback],
    *,
    checkpoints: Checkpoints | None = None,
) -> None:
    """Fit and leave the weights of the epoch with the best validation loss in the network.

    Call it inside the strategy's scope, on all workers with the same arguments.

    Args:
        trainable: Of `make_trainable`.
        train: Its examples.
        val: What the epoch is chosen on; every row counts once.
        config: How.
        callbacks: Called after this function's own, but before the epoch is judged.
        checkpoints: Where to begin, and when to save; None begins at the start and saves nothing.

    Raises:
        CheckpointError: A checkpoint can't be written.
        StoppedError: The process was asked to stop, and everything is saved.
    """
    steps_per_epoch = train.num_examples // config.batch_size
    start = checkpoints.start if checkpoints is not None else Position()
    best = (
        checkpoints.best
        if checkpoints is not None
        else BestEpoch(config.patience_epochs, decisive_loss(config))
    )
    averaging = [AveragedWeights()] if config.ema_momentum is not None else []
    trainable.resume_at(start.step)
    trainable.fit(
        training_batches(
            train,
            batch_size=config.batch_size,
            seed=config.seed,
            first_step=start.epoch * steps_per_epoch + start.step,
        ).apply(
            tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
        ),  # so that nobody asks whether there is more
        validation_data=validation_batches(val, batch_size=config.batch_size),
        steps_per_epoch=steps_per_epoch,
        initial_epoch=start.epoch,
        epochs=config.epochs,
        # What is saved must contain what the others made of the step, and must not contain a step
        # that one of them refuses.
        callbacks=[*averaging, *callbacks, best, *([] if checkpoints is None else [checkpoints])],
        shuffle=False,  # the dataset shuffles itself
        verbose=0,
    )
    best.put_into(trainable)


def _make_trainable(
    context: StageContext, splits: Splits, parts: TrainingSplits, waiting: WaitClock
) -> TrainableModel:
    config = context.config
    steps_per_epoch = parts.train.num_examples // config.train.batch_size
    with computing_in(config.train.precision):
        network = context.pipeline.model(config, splits.target)
        return make_trainable(
            network,
            splits.target,
            config.train,
            steps_per_epoch=steps_per_epoch,
            take_batch=waiting.next_batch,
            num_groups=parts.num_groups,
        )


def _as_saved(network: keras.Model, context: StageContext, splits: Splits) -> keras.Model:
    if context.config.train.precision == "float32":
        return network
    return as_float32(network, context.pipeline.model(context.config, splits.target))


def _outcome(fit: Fit, rows: list[dict[str, Any]], deciding: str) -> dict[str, Any]:
    losses = [row[deciding] for row in rows]
    return {
        "epochs": len(rows),
        "best_epoch": int(np.argmin(losses)) + 1,
        "num_examples": fit.num_examples,
        "num_parameters": int(fit.network.count_params()),
    }
