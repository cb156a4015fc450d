"""Trains DLinear with NeuralForecast on ETTh1, 96 hours ahead, and scores all test windows.

    python neural_forecast.py ETTh1.csv

The usual split: 12, 4 and 4 months; standardised by the training part. Prints JSON: `seconds`,
`processor_seconds` and `mse`.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

_HORIZON = 96
_MONTH = 30 * 24


def main() -> None:
    """Fit, forecast every window, score."""
    pandas = importlib.import_module("pandas")
    forecasting = importlib.import_module("neuralforecast")
    models = importlib.import_module("neuralforecast.models")
    table = _long(pandas, pandas.read_csv(sys.argv[1]).iloc[: 20 * _MONTH])
    model = models.DLinear(
        h=_HORIZON, input_size=336, max_steps=1000, learning_rate=1e-3, early_stop_patience_steps=5
    )
    started, used = time.perf_counter(), time.process_time()
    forecaster = forecasting.NeuralForecast(models=[model], freq="h")
    forecasts = forecaster.cross_validation(
        df=table, val_size=4 * _MONTH, test_size=4 * _MONTH, n_windows=None, step_size=1
    )
    told = {
        "seconds": time.perf_counter() - started,
        "processor_seconds": time.process_time() - used,
        "mse": float(((forecasts["y"] - forecasts["DLinear"]) ** 2).mean()),
    }
    print(json.dumps(told))


def _long(pandas: Any, wide: Any) -> Any:
    values = wide.drop(columns="date")
    train = values.iloc[: 12 * _MONTH]
    scaled = (values - train.mean()) / train.std(ddof=0)
    scaled["ds"] = pandas.to_datetime(wide["date"])
    return scaled.melt("ds", var_name="unique_id", value_name="y")


if __name__ == "__main__":
    main()
