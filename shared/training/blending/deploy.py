"""The model that a training deploys, and the record of why."""

from __future__ import annotations

import keras

from shared.contract import Splits
from shared.model.blend import blended_model
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.context import StageContext
from shared.training.blending.choice import choose_blend
from shared.training.blending.losses import measure_losses
from shared.training.fit import Fit

__all__ = ["choose_deployed"]


def choose_deployed(
    context: StageContext, splits: Splits, fit: Fit
) -> tuple[keras.Model, BlendRecord]:
    """The network of a fit, its floor or their blend, as validation chooses.

    Each worker of a cluster computes the same from the same weights and rows; what counts is what
    the chief writes.
    """
    config = context.config.train
    baselines = dict(context.pipeline.baselines(context.config, splits.target))
    losses = measure_losses(
        fit.network, baselines, splits.target, fit.prepared.val, batch_size=config.batch_size
    )
    record = choose_blend(
        losses,
        splits.val.entities,
        splits.target,
        setting=config.deploy,
        seed=config.seed,
        is_mitigated=config.mitigation != "none",
    )
    if record.floor is not None and record.weight < 1.0:
        context.progress.log(f"deployed: the {record.deployed}, because {record.reason}")
    floor = None if record.floor is None else baselines[record.floor]
    return blended_model(fit.network, floor, splits.target, record.weight), record
