"""The train stage: one training, or one for each fold of a cross-validation, and its files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from shared.calibration.settings_check import require_fit
from shared.config.transfer import encoder_source
from shared.contract import Splits
from shared.pretrained.checkpoint import require_unchanged
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.train_file import TrainingCost, TrainRecord
from shared.run.context import StageContext
from shared.run.files import DATA, FOLDS, HISTORY, MODEL, NETWORK, PREPROCESS
from shared.training.best_epoch import decisive_loss
from shared.training.blending.deploy import choose_deployed
from shared.training.cost.carbon import grid_intensity
from shared.training.cost.meter import CostMeter
from shared.training.cost.record import describe_cost, sum_costs
from shared.training.members import Members, fit_members

__all__ = ["train_stage"]

_OF_THE_MODEL = (PREPROCESS, MODEL, NETWORK, HISTORY)


def train_stage(context: StageContext) -> None:
    """Write the models, `history.csv`, `blend.json` and `train.json`.

    `network.keras` is the network alone; `model.keras` is what is deployed (`blend.json` says why).

    In a cross-validation also each fold's, below `folds/`. Of several members `network.keras` is
    their mean, `history.csv` the first one's, and `members/` has what else is theirs.

    All workers of a cluster run it, each with a run directory of its own: they must all take part
    in each step.
    """
    splits = context.splits()
    # Before hours of training, not after them.
    require_fit(context.config.calibrate, splits.target, has_folds=bool(splits.folds))
    _require_recorded_encoder(context)
    if not (context.resume and splits.folds):
        shutil.rmtree(context.run / FOLDS, ignore_errors=True)  # of an earlier configuration
    if splits.folds:
        _train_folds(context, splits.folds)
    else:
        _train_model(context, splits)


def _require_recorded_encoder(context: StageContext) -> None:
    """Of another worker of a cluster, only the chief has a record."""
    source = encoder_source(context.config.model)
    recorded = DataRecord.read(context.run).encoder if source and context.run.has(DATA) else None
    if source is not None and recorded is not None:
        require_unchanged(source, recorded)


def _train_folds(context: StageContext, folds: Sequence[Splits]) -> None:
    """Train each fold in `folds/<number>/`, and take the first one's model as the run's own.

    `train.json` then tells the first fold's training, with the cost of all.
    """
    records: list[TrainRecord] = []
    for number, fold in enumerate(folds, start=1):
        # so that memory does not grow with the folds, and layers have the same names in each
        keras.utils.clear_session()
        fold_context = context.of_fold(number, folds)
        _train_model(fold_context, fold)
        records.append(TrainRecord.read(fold_context.run))
    first = context.of_fold(1, folds).run
    for name in _OF_THE_MODEL:
        with context.run.replacing(name) as path:
            shutil.copyfile(first / name, path)
    total = dict(sum_costs(records)) | {"num_folds": len(folds)}
    records[0].model_copy(update=total).write(context.run)
    blends = [BlendRecord.read(context.of_fold(n, folds).run) for n in range(1, len(folds) + 1)]
    weights = tuple(blend.weight for blend in blends)
    blends[0].model_copy(update={"fold_weights": weights}).write(context.run)


def _train_model(context: StageContext, splits: Splits) -> None:
    """Fit one model with all its members; write it, its history and its cost into the run."""
    config = context.config.train
    grid = grid_intensity(config.country_iso_code)  # refused before anything is computed
    with CostMeter(num_gpus=len(tf.config.list_physical_devices("GPU"))) as meter:
        members = fit_members(context, splits, meter)
        fit = members.together
        _save(context, PREPROCESS, fit.prepared.preprocess)
        _save(context, NETWORK, fit.network)
        deployed, blend = choose_deployed(context, splits, fit)
        _save(context, MODEL, deployed)
        blend.write(context.run)
        usage = meter.usage()
    losses = [row[decisive_loss(config)] for row in members.histories[0].rows]
    cost = describe_cost(usage, members, grid)
    _describe_training(members, losses, cost, strategy=config.strategy).write(context.run)


def _save(context: StageContext, name: str, model: keras.Model) -> None:
    with context.run.replacing(name) as path:
        model.save(path)


def _describe_training(
    members: Members, losses: Sequence[float], cost: TrainingCost, *, strategy: str
) -> TrainRecord:
    """All about a training that is over.

    `losses` are those by which the first member's epoch was chosen.
    """
    fit = members.together
    devices = tuple(device.name for device in tf.config.list_logical_devices())
    num_parameters = int(fit.network.count_params())
    return TrainRecord(
        **dict(cost),
        epochs=len(losses),
        best_epoch=int(np.argmin(losses)) + 1,
        num_examples=fit.prepared.num_recorded,
        num_parameters=num_parameters,
        num_replicas=fit.num_replicas,
        strategy=strategy,
        devices=devices,
        checkpoints=fit.checkpoints,
        mitigation=fit.mitigation,
        num_members=len(members.fits),
        teacher=fit.prepared.teacher,
    )
