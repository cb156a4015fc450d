"""Who watches a training: it stops when the loss is no number, is timed, and tells how far it is."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from shared.errors import CheckpointError
from shared.run.context import StageContext
from shared.training.checkpoints.files import CheckpointFolder, read_snapshot
from shared.training.watching.callbacks import ProgressLine
from shared.training.watching.clock import TrainingClock
from shared.training.watching.divergence import StopOnDivergence
from shared.training.watching.suspects import TrainedOn
from shared.training.watching.tensorboard import TensorBoardLog

__all__ = ["last_good_checkpoint", "make_watchers"]


def make_watchers(
    context: StageContext, examples: TrainedOn, clock: TrainingClock, *, folder: str
) -> list[keras.callbacks.Callback]:
    """The callbacks that every training has, in their order.

    Args:
        context: The run, and whom to tell.
        examples: To find those that spoilt a loss.
        clock: Times the steps.
        folder: Where checkpoints lie, relative to the run; the curves for TensorBoard lie beside
            it.
    """
    curves = context.run / str(Path(folder).with_name("tensorboard"))
    return [
        StopOnDivergence(
            examples,
            context.run,
            lambda: last_good_checkpoint(CheckpointFolder(context.run / folder)),
        ),
        clock,
        ProgressLine(context.progress, clock),
        *(
            [TensorBoardLog(curves, clock, context.progress)]
            if context.config.train.tensorboard
            else []
        ),
    ]


def last_good_checkpoint(checkpoints: CheckpointFolder) -> Path | None:
    """The newest one that is whole and holds only finite numbers; None if there is none.

    A step may spoil the weights although its own loss was still a number, and be saved before the
    next loss tells.
    """
    for name in reversed(checkpoints.names()):
        try:
            arrays = read_snapshot(checkpoints.path / name).arrays.values()
        except CheckpointError:
            continue
        if all(np.isfinite(array).all() for array in arrays if array.dtype.kind == "f"):
            return checkpoints.path / name
    return None
