"""Cross-validation: one training for each fold, and the first fold's model as the run's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Any

import keras

from shared.contract import Splits
from shared.run.context import StageContext
from shared.training.cost.record import sum_costs

__all__ = ["train_folds"]

_OF_THE_MODEL = ("preprocess.keras", "model.keras", "history.csv")


def train_folds(
    context: StageContext,
    folds: Sequence[Splits],
    train_model: Callable[[StageContext, Splits], None],
) -> None:
    """Train each fold in `folds/<number>/`, and copy what the first one made to where a run without folds has it.

    `train.json` then tells the first fold's training, with the cost of all.

    Args:
        context: The run's.
        folds: At least one.
        train_model: Trains on a split and writes into the run directory of its context.
    """
    costs: list[dict[str, Any]] = []
    for number, fold in enumerate(folds, start=1):
        # so that memory does not grow with the folds, and layers have the same names in each
        keras.utils.clear_session()
        fold_context = context.of_fold(number, folds)
        train_model(fold_context, fold)
        costs.append(fold_context.run.read_json("train.json", maker="train"))
    first = context.of_fold(1, folds).run
    for name in _OF_THE_MODEL:
        with context.run.replacing(name) as path:
            shutil.copyfile(first / name, path)
    context.run.write_json("train.json", costs[0] | sum_costs(costs) | {"num_folds": len(folds)})
