"""Fitting: the preprocessing, then the network, of which the best epoch is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import tensorflow as tf

from shared.config import TrainConfig
from shared.contract import Splits
from shared.loading.batches.batching import Prepared, training_batches, validation_batches
from shared.model.named_inputs import reading_by_name
from shared.run.artefacts.train_file import CheckpointsRecord, TrainedMitigation
from shared.run.context import StageContext
from shared.training.best_epoch import AveragedWeights, BestEpoch, decisive_loss
from shared.training.checkpoints.saving import Checkpoints, open_checkpoints
from shared.training.checkpoints.signals import listen_for_stop
from shared.training.checkpoints.store import Position, Remembering
from shared.training.class_balance import ClassBalance, build_network
from shared.training.compiled_model import make_trainable
from shared.training.distribution.precision import as_float32, check_precision, computing_in
from shared.training.distribution.refusals import refusing_in_words
from shared.training.distribution.strategy import check_batch, make_strategy, worker_hosts
from shared.training.distribution.workers import Workers
from shared.training.monitoring.callbacks import monitoring_callbacks
from shared.training.monitoring.clock import TrainingClock, WaitClock
from shared.training.prepared_splits import PreparedSplits, prepare_splits
from shared.training.trainable import TrainableModel
from shared.training.unfreezing import paces

__all__ = ["Fit", "fit_fold", "fit_model", "seed_everything"]


@dataclass(frozen=True)
class Fit:
    """What one fit made.

    Attributes:
        prepared: What it was fitted on and judged by.
        network: With the weights of the best epoch; float32, not wrapped, not compiled. It takes
            tensors by name.
        num_replicas: That shared each batch.
        worker_hosts: Of each process that took part.
        seconds: Spent fitting the network, without preparing the examples; with what was spent
            before an interruption.
        checkpoints: What was saved, and where the training was resumed.
        clock: How fast its steps were.
        mitigation: What was done for groups; None for nothing.
    """

    prepared: PreparedSplits
    network: keras.Model
    num_replicas: int
    worker_hosts: tuple[str, ...]
    seconds: float
    checkpoints: CheckpointsRecord
    clock: TrainingClock
    mitigation: TrainedMitigation | None


def fit_fold(
    context: StageContext,
    splits: Splits,
    callbacks: list[keras.callbacks.Callback],
    *,
    remembering: Mapping[str, Remembering],
    prepared: PreparedSplits | None = None,
) -> Fit:
    """Fit preprocessing and network on `splits.train`, choosing the epoch on `splits.val`.

    No artefact is written.

    Args:
        context: The run; its `resume` says whether to go on from a checkpoint.
        splits: What to fit on.
        callbacks: As for `fit_model`.
        remembering: What has a memory that a checkpoint must hold, by name.
        prepared: What another member of the same model was fitted on; None prepares the splits.

    Raises:
        ConfigError: The machine lacks what is asked for, or the batch can't be shared out.
        TrainingDivergedError: The loss became NaN or infinite.
        CheckpointError: A checkpoint can't be written, read, or belongs to another training.
        StoppedError: The process was asked to stop, and everything is saved.
    """
    config = context.config.train
    # First of all, because a cluster must be joined before anything is computed.
    strategy = _start_strategy(config, num_examples=len(splits.train))
    prepared = prepared.for_training(config) if prepared else prepare_splits(context, splits)
    workers = Workers(strategy)
    # Outside of the scope: a variable of this process, not of replicas.
    waiting = WaitClock(deterministic=config.deterministic)
    clock = TrainingClock(config.batch_size, waiting)
    every = [*monitoring_callbacks(context, prepared.examples, clock), *callbacks]
    memories = {"clock": clock, **remembering}
    with strategy.scope(), listen_for_stop() as stop:
        trainable = _make_trainable(context, splits, prepared, waiting)
        checkpoints = open_checkpoints(context, splits, workers, memories, stop)
        with refusing_in_words(config):
            fit_model(
                trainable, prepared.train, prepared.val, config, every, checkpoints=checkpoints
            )
    network = _as_saved(trainable.network, context, splits, prepared.balance)
    return _describe(trainable, network, prepared, checkpoints, clock)


def _start_strategy(config: TrainConfig, *, num_examples: int) -> tf.distribute.Strategy:
    strategy = make_strategy(config)
    check_batch(config, strategy.num_replicas_in_sync, num_examples)
    check_precision(config)
    seed_everything(config)
    return strategy


def _describe(
    trainable: TrainableModel,
    network: keras.Model,
    prepared: PreparedSplits,
    checkpoints: Checkpoints,
    clock: TrainingClock,
) -> Fit:
    strategy = trainable.distribute_strategy
    return Fit(
        prepared=prepared,
        network=network,
        num_replicas=strategy.num_replicas_in_sync,
        worker_hosts=worker_hosts(strategy),
        seconds=checkpoints.seconds,
        checkpoints=checkpoints.describe(),
        clock=clock,
        mitigation=prepared.describe_mitigation(trainable),
    )


def seed_everything(config: TrainConfig) -> None:
    """Seed Python, NumPy and TensorFlow, and ask for deterministic kernels if configured."""
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
    if checkpoints is None:
        start = Position()
        best = BestEpoch(config.patience_epochs, decisive_loss(config))
    else:
        start = checkpoints.start
        best = checkpoints.best
    averaging = [] if config.ema_momentum is None else [AveragedWeights()]
    # Last of all: it must save what the others made of the step, and none that they refuse.
    saving = [] if checkpoints is None else [checkpoints]
    trainable.resume_at(start.step)
    trainable.fit(
        _endless_batches(train, config, start),
        validation_data=validation_batches(val, batch_size=config.batch_size),
        steps_per_epoch=train.num_examples // config.batch_size,
        initial_epoch=start.epoch,
        epochs=config.epochs,
        callbacks=[*averaging, *callbacks, best, *saving],
        shuffle=False,  # the dataset shuffles itself
        verbose=0,
    )
    best.put_into(trainable)


def _endless_batches(train: Prepared, config: TrainConfig, start: Position) -> tf.data.Dataset:
    steps_per_epoch = train.num_examples // config.batch_size
    batches = training_batches(
        train,
        batch_size=config.batch_size,
        seed=config.seed,
        first_step=start.epoch * steps_per_epoch + start.step,
    )
    # Said, so that nobody asks whether there is more.
    return batches.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))


def _make_trainable(
    context: StageContext, splits: Splits, prepared: PreparedSplits, waiting: WaitClock
) -> TrainableModel:
    config = context.config
    steps_per_epoch = prepared.train.num_examples // config.train.batch_size
    with computing_in(config.train.precision):
        network = build_network(context, splits, prepared.balance)
        return make_trainable(
            network,
            splits.target,
            config.train,
            steps_per_epoch=steps_per_epoch,
            take_batch=waiting.next_batch,
            num_groups=prepared.num_groups,
            class_loss=prepared.class_loss,
            paces=paces(network, config.model, steps_per_epoch),
        )


def _as_saved(
    network: keras.Model, context: StageContext, splits: Splits, balance: ClassBalance
) -> keras.Model:
    if context.config.train.precision == "float32":
        return network
    return as_float32(network, reading_by_name(build_network(context, splits, balance)))
