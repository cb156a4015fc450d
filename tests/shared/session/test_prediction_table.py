from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np

from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.prediction_files import write_predictions
from shared.run.directory import RunDirectory
from shared.session import prediction_table as tables
from shared.targets import Horizon
from shared.targets.calibration import WidthFactors
from shared.targets.predictions import ForecastContext, Predictions

_TARGET = Horizon(
    steps=2, channels=("a", "b"), unit="kW", quantiles=(0.1, 0.9), step_seconds=3600, season_steps=1
)


def _predictions() -> Predictions:
    scores = np.arange(3 * 2 * 2 * 3, dtype=np.float64).reshape(3, 2, 2, 3)
    scores[..., 1] = scores[..., 0] - 1.0
    scores[..., 2] = scores[..., 0] + 1.0
    ones = np.ones((3, 2))
    starts = np.array(["2024-01-01", "2024-01-02", "2024-01-03"], dtype="datetime64[s]")
    context = ForecastContext(starts, np.ones((3, 1, 2)), ones, ones, ones, ones)
    targets = np.full((3, 2, 2), 5.0)
    targets[0, 0, 0] = np.nan
    names = np.array(["x", "y", "z"])
    return Predictions(names, names, targets, scores, forecast=context)


def test_a_forecast_is_one_row_a_step_and_channel(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    write_predictions(run, "test", _predictions())
    CalibrationRecord(
        n=3, num_entities=3, calibration=WidthFactors(factors=((1.0, 1.0), (1.0, 1.0)))
    ).write(run)
    with mock.patch.object(tables, "read_deciding_target", return_value=_TARGET):
        table = tables.prediction_table(run, "test")
    assert len(table) == 3 * 2 * 2
    second = table[(table["id"] == "y") & (table["step"] == 2) & (table["channel"] == "b")]
    assert second["forecast"].item() == _predictions().scores[1, 1, 1, 0]
    assert (table["q90"] - table["q10"] == 2.0).all()
    assert table["observed"].isna().sum() == 1
    assert second["start"].item().isoformat() == "2024-01-02T00:00:00"
