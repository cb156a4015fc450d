from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tests.contract.toy
from shared.config import CalibrateConfig
from shared.config.sources import resolve_config
from shared.contract import Splits
from shared.errors import ConfigError, TrainingDivergedError
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.training.train import train_stage
from tests.contract.toy import PIPELINE

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"
ESTIMATES = {
    "peak_host_memory_mib",
    "energy_kwh",
    "co2e_grams",
    "flops_per_example",
    "training_flops",
}


def context(folder: Path, splits: Splits | None = None, **settings: object) -> StageContext:
    """The toy, about to be trained.

    Preprocessing is fitted to the data without the fault of `splits`.
    """
    assignments = [
        "data.cache_disk_limit_mib=0",
        *(f"train.{name}={value}" for name, value in settings.items()),
    ]
    config = resolve_config(PIPELINE.config_type, PRESETS, "smoke", assignments)
    clean = PIPELINE.synthesize(config, 240, 0)
    pipeline = dataclasses.replace(
        PIPELINE, preprocess=lambda settings, _: PIPELINE.preprocess(settings, clean.train)
    )
    return StageContext(
        pipeline, config, RunDirectory(folder), SilentProgress(), lambda: splits or clean
    )


def with_infinity_in(row: int) -> Splits:
    """The toy's data, with one number of one training example that is none."""
    splits = PIPELINE.synthesize(resolve_config(PIPELINE.config_type, PRESETS, "smoke"), 240, 0)

    def rows(indices: Any) -> Any:
        signals = splits.train.rows(indices)["signal"].copy()
        signals[np.asarray(indices) == row, 3] = np.inf
        return {"signal": signals}

    return dataclasses.replace(splits, train=dataclasses.replace(splits.train, rows=rows))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    made = context(tmp_path_factory.mktemp("trained"), epochs=2, country_iso_code="FRA")
    train_stage(made)
    return made.run


def test_what_is_estimated_has_limits_unit_and_method(trained: RunDirectory) -> None:
    cost = trained.read_json("train.json", maker="train")
    for name in ESTIMATES:
        assert cost[name].keys() == {"value", "low", "high", "unit", "method"}, name
        assert 0 < cost[name]["low"] <= cost[name]["value"], name
        assert cost[name]["high"] is None or cost[name]["value"] <= cost[name]["high"], name
    assert "France's mean" in cost["co2e_grams"]["method"]


def test_what_is_exact_is_a_number(trained: RunDirectory) -> None:
    cost = trained.read_json("train.json", maker="train")
    assert cost["seconds"] >= cost["fit_seconds"] > 0
    assert cost["device_seconds"] == cost["fit_seconds"] * cost["num_replicas"]
    assert 0 <= cost["wait_share"] <= 1
    assert cost["examples_per_second"] > 0
    assert cost["peak_device_memory_mib"] is None  # no GPU
    assert cost["epochs"] == 2


def test_curves_and_history_lie_in_the_run(trained: RunDirectory) -> None:
    assert (trained / "history.csv").exists()
    assert list((trained / "tensorboard").iterdir())


def test_curves_can_be_left_out(tmp_path: Path) -> None:
    made = context(tmp_path, epochs=1, tensorboard="false")
    train_stage(made)
    assert not made.run.has("tensorboard")


def test_an_example_that_is_no_number_is_named_wherever_it_is_met(tmp_path: Path) -> None:
    splits = with_infinity_in(41)
    with pytest.raises(
        TrainingDivergedError,
        match=(
            rf"(?s)in epoch 1, step \d+\..*of '{splits.train.ids[41]}'.*Last good checkpoint: none"
        ),
    ):
        train_stage(context(tmp_path, splits))


def test_several_steps_seen_together_are_told_as_such(tmp_path: Path) -> None:
    splits = with_infinity_in(41)
    with pytest.raises(
        TrainingDivergedError, match=rf"(?s)between steps \d+ and \d+ .*of '{splits.train.ids[41]}'"
    ):
        train_stage(context(tmp_path, splits, steps_per_execution=3))


def test_an_unknown_country_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    made = context(tmp_path / "run", country_iso_code="XYZ")
    with pytest.raises(ConfigError, match="'XYZ'"):
        train_stage(made)
    assert not made.run.path.exists()


def test_decisions_that_the_data_can_not_have_are_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    made = context(tmp_path / "run")
    calibrate = CalibrateConfig(screened_class="no such class")
    config = made.config.model_copy(update={"calibrate": calibrate})
    with pytest.raises(ConfigError, match="is none of the classes"):
        train_stage(dataclasses.replace(made, config=config))
    assert not (tmp_path / "run").exists()
