"""What a run answered on its own data, as a table.

| column | of | meaning |
|---|---|---|
| `id`, `entity` | all | the row, and whose it is |
| `label`, `decision` | categories | names of the true and of the decided class |
| `right` | categories | whether they are one |
| `probability_<class>` | categories | calibrated, for each class |
| `start` | forecasts | the first moment that is forecast |
| `step`, `channel` | forecasts | which value: one row each; steps count from 1 |
| `observed` | forecasts | the value; NaN where nobody observed it |
| `forecast`, `q<percent>` | forecasts | the expected value, and each quantile, calibrated |

Numbers of forecasts are in the unit of the data.
"""

from __future__ import annotations

from typing import assert_never

import numpy as np
import pandas as pd

from shared.run.artefacts.calibration_file import (
    read_calibrated_predictions,
    read_deciding_target,
)
from shared.run.directory import RunDirectory
from shared.targets import Categories, Horizon
from shared.targets.predictions import Predictions

__all__ = ["prediction_table"]


def prediction_table(run: RunDirectory, split: str) -> pd.DataFrame:
    """The table that the module describes.

    Args:
        run: With predictions and a calibration.
        split: "test" or "val".

    Raises:
        MissingArtefactError: A file is missing or damaged.
    """
    predictions = read_calibrated_predictions(run, split)
    target = read_deciding_target(run)
    match target:
        case Categories():
            return _of_categories(predictions, target)
        case Horizon():
            return _of_horizon(predictions, target)
        case _:
            assert_never(target)


def _of_categories(predictions: Predictions, target: Categories) -> pd.DataFrame:
    names = np.array(target.names, dtype=object)
    decided = target.decide(predictions.scores)
    probabilities = target.probabilities(predictions.scores)
    columns = {
        "id": predictions.ids.astype(object),
        "entity": predictions.entities.astype(object),
        "label": names[predictions.targets],
        "decision": names[decided],
        "right": decided == predictions.targets,
    }
    of_classes = {
        f"probability_{name}": probabilities[:, place] for place, name in enumerate(target.names)
    }
    return pd.DataFrame({**columns, **of_classes})


def _of_horizon(predictions: Predictions, target: Horizon) -> pd.DataFrame:
    steps, num_channels = target.shape[:2]
    values = steps * num_channels  # of one forecast
    numbers = np.repeat(np.arange(1, steps + 1), num_channels)
    quantiles = target.quantile_forecasts(predictions.scores)  # (n, steps, channels, quantiles)
    table = pd.DataFrame({"id": np.repeat(predictions.ids.astype(object), values)})
    table["entity"] = np.repeat(predictions.entities.astype(object), values)
    table["start"] = np.repeat(predictions.forecast_context.starts, values)
    table["step"] = np.tile(numbers, len(predictions))
    table["channel"] = np.tile(target.channels, len(predictions) * steps)
    table["observed"] = predictions.targets.reshape(-1)
    table["forecast"] = target.decide(predictions.scores).reshape(-1)
    for place, level in enumerate(target.quantiles):
        table[f"q{100 * level:g}"] = quantiles[..., place].reshape(-1)
    return table
