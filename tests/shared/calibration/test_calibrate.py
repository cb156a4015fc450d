from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shared.calibration.calibrate import calibrate_stage
from shared.errors import ConfigError, MissingArtefactError
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
    read_calibrated_predictions,
)
from shared.run.artefacts.prediction_files import write_predictions
from shared.targets.calibration import Temperature, Uncalibrated, WidthFactors
from tests.shared.calibration.made_up import configured
from tests.shared.evaluation.predicted_run import CATEGORIES, classified, forecast, run_context


def test_only_validation_is_looked_at(tmp_path: Path) -> None:
    context = run_context(tmp_path, classified(0), val=classified(1))
    calibrate_stage(context)
    chosen = (context.run / "calibration.json").read_bytes()
    (context.run / "predictions/test.parquet").unlink()
    calibrate_stage(context)
    assert (context.run / "calibration.json").read_bytes() == chosen


def test_categories_get_a_map_sets_abstention_and_operating_points(tmp_path: Path) -> None:
    context = run_context(tmp_path, classified(0), val=classified(1, num_entities=400, skill=5.0))
    calibrate_stage(context)
    record = CalibrationRecord.read(context.run)
    assert isinstance(record.calibration, Temperature)
    assert record.sets is not None
    assert len(record.sets.thresholds) == 3
    assert record.abstain_below is not None
    assert record.abstention is not None
    assert record.abstention.threshold == record.abstain_below
    assert record.why_always_abstains == ""
    assert [point.class_index for point in record.operating_points] == [0, 1, 2]
    assert (record.n, record.num_entities) == (2000, 400)


def test_why_every_row_is_handed_on_is_kept(tmp_path: Path) -> None:
    context = run_context(tmp_path, classified(0), val=classified(1, num_entities=20))
    calibrate_stage(context)
    record = CalibrationRecord.read(context.run)
    assert record.abstain_below is None
    assert record.abstention is not None
    assert record.abstention.reason == "too few rows"
    assert "it needs at least 59 independent ones" in record.why_always_abstains


def test_forecasts_get_factors(tmp_path: Path) -> None:
    context = run_context(tmp_path, forecast(0), val=forecast(1))
    calibrate_stage(context)
    assert isinstance(CalibrationRecord.read(context.run).calibration, WidthFactors)


def test_calibrated_predictions_are_what_the_map_makes_of_the_scores(tmp_path: Path) -> None:
    context = configured(
        run_context(tmp_path, classified(0), val=classified(1)), method="temperature"
    )
    calibrate_stage(context)
    calibration = CalibrationRecord.read(context.run).calibration
    assert isinstance(calibration, Temperature)
    read = read_calibrated_predictions(context.run, "test").scores
    assert read == pytest.approx(classified(0).scores / calibration.temperature, rel=1e-6)


def test_scores_that_are_not_finite_are_left_out_and_none_at_all_change_nothing(
    tmp_path: Path,
) -> None:
    broken = classified(1)
    broken.scores[:] = np.nan
    context = run_context(tmp_path, classified(0), val=broken)
    calibrate_stage(context)
    assert isinstance(CalibrationRecord.read(context.run).calibration, Uncalibrated)


def test_costs_that_do_not_fit_the_classes_are_refused(tmp_path: Path) -> None:
    context = configured(run_context(tmp_path, classified(0)), costs=((0.0, 1.0), (5.0, 0.0)))
    with pytest.raises(
        ConfigError,
        match=(
            r"calibrate\.costs needs 3 rows of 3 numbers, one for each of the classes benign,"
            r" malignant, other"
        ),
    ):
        calibrate_stage(context)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.4, 0.3), (1.2, -0.1, -0.1)])
def test_prevalences_that_are_none_are_refused(tmp_path: Path, shares: tuple[float, ...]) -> None:
    context = configured(run_context(tmp_path, classified(0)), deployment_prevalence=shares)
    with pytest.raises(ConfigError, match=f"needs {len(CATEGORIES.names)} shares that add up to 1"):
        calibrate_stage(context)


def test_damaged_record_names_the_stage_that_makes_it(tmp_path: Path) -> None:
    context = run_context(tmp_path, classified(0))
    context.run.write_json("calibration.json", {"n": 0})
    with pytest.raises(
        MissingArtefactError,
        match=r"Make it again with python -m pipelines run [a-z_A-Z]+ --stages calibrate",
    ):
        CalibrationRecord.read(context.run)


def test_each_fold_is_calibrated_without_the_rows_that_it_tests(tmp_path: Path) -> None:
    rows = classified(0, num_entities=30)
    context = run_context(tmp_path, rows)
    testing = np.repeat([1, 2, 3], len(rows) // 3)
    scoring = (testing + 1) % 3 + 1  # the fold before the one that tests
    write_predictions(context.run, "test", rows, testing)
    write_predictions(context.run, "val", rows, scoring)
    calibrate_stage(context)
    before = CalibrationRecord.read(context.run)
    assert before.sets is None
    assert before.calibration == before.fold_maps[0]
    spoilt = rows.targets.copy()
    spoilt[testing == 2] = (spoilt[testing == 2] + 1) % 3
    write_predictions(context.run, "val", replace(rows, targets=spoilt), scoring)
    calibrate_stage(context)
    after = CalibrationRecord.read(context.run)
    assert [old == new for old, new in zip(before.fold_maps, after.fold_maps, strict=True)] == [
        False,
        True,
        False,
    ]


def test_scores_of_each_fold_are_mapped_by_its_own_map() -> None:
    rows = classified(0, num_entities=30)
    maps = (Temperature(temperature=2.0), Temperature(temperature=4.0))
    record = CalibrationRecord(
        n=9, num_entities=9, calibration=Temperature(temperature=1.0), fold_maps=maps
    )
    folds = np.repeat([1, 2], len(rows) // 2)
    mapped = record.calibrate(rows, folds).scores
    assert mapped == pytest.approx(rows.scores / np.where(folds == 1, 2.0, 4.0)[:, None], rel=1e-6)
