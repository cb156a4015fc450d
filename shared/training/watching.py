"""Who watches a training: it stops when the loss is no number, is timed, and tells how far it is."""

from __future__ import annotations

from pathlib import Path

import keras

from shared.context import StageContext
from shared.training.callbacks import ProgressLine
from shared.training.checkpoint_files import CheckpointFolder
from shared.training.divergence import StopOnDivergence
from shared.training.suspects import TrainedOn
from shared.training.tensorboard import TensorBoardLog
from shared.training.training_clock import TrainingClock

__all__ = ["make_watchers"]


def make_watchers(context: StageContext, examples: TrainedOn, clock: TrainingClock, *, folder: str) -> list[keras.callbacks.Callback]:
    """The callbacks that every training has, in their order.

    Args:
        context: The run, and whom to tell.
        examples: To find those that spoilt a loss.
        clock: Times the steps.
        folder: Where checkpoints lie, relative to the run; the curves for TensorBoard lie beside it.
    """
    checkpoints = CheckpointFolder(context.run / folder)
    curves = context.run / str(Path(folder).with_name("tensorboard"))
    return [
        StopOnDivergence(examples, context.run, lambda: next((checkpoints.path / name for name in reversed(checkpoints.names())), None)),
        clock,
        ProgressLine(context.progress, clock),
        *([TensorBoardLog(curves, clock, context.progress)] if context.config.train.tensorboard else []),
    ]
