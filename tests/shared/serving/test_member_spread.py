from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from shared.errors import ContractError
from shared.model.members import averaged_network
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.context import StageContext
from shared.serving.batch.scoring import score_inputs
from shared.serving.export import export_stage, verify_export
from shared.serving.rest_request import first_rows
from shared.serving.saved_model import load_saved_model, newest_version
from shared.targets import Target
from tests.shared.serving.conftest import NUM_GOOD
from tests.shared.serving.tiny.forecasts import HORIZON, forecast_context, forecast_model
from tests.shared.serving.tiny.runs import ModelBuilder
from tests.shared.serving.tiny.signals import SIGNALS, signal_bytes, signal_context, signal_model


def _three(build: ModelBuilder) -> ModelBuilder:
    """Their mean, as `train.members=3` makes it."""

    def model(config: Any, target: Target) -> keras.Model:
        return averaged_network([build(config, target) for _ in range(3)], target)

    return model


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    context = signal_context(tmp_path_factory.mktemp("members"), _three(signal_model))
    export_stage(context)
    return context


def test_the_spread_of_classes_is_served_and_a_refused_item_has_the_largest(
    classes: StageContext,
) -> None:
    saved, wire = load_saved_model(newest_version(classes.run)), signal_bytes(4)
    model = load_trained_model(classes)
    expected = model.answer_rows(model.decode_rows({"signal_bytes": wire})).spreads
    assert expected is not None
    answers = saved({"signal_bytes": np.asarray([*wire, b""], dtype=object)})
    np.testing.assert_allclose(answers["member_spread"][:4], expected, atol=1e-6)
    assert (answers["member_spread"][:4] > 0).all()
    assert answers["member_spread"][4] == pytest.approx(math.log(len(SIGNALS.names)))


def test_predict_writes_it(classes: StageContext, signals: Path, tmp_path: Path) -> None:
    score_inputs(classes, signals, tmp_path / "scores.csv")
    table = pd.read_csv(tmp_path / "scores.csv")
    assert table["member_spread"].notna().sum() == NUM_GOOD
    assert (table["member_spread"].isna() == table["error"].notna()).all()


def test_the_spread_of_forecasts_has_a_column_for_each_channel_and_step(tmp_path: Path) -> None:
    context = forecast_context(tmp_path / "run", _three(forecast_model))
    export_stage(context)
    np.savetxt(tmp_path / "in.csv", np.random.default_rng(0).uniform(0, 23, (4, 17)), delimiter=",")
    score_inputs(context, tmp_path / "in.csv", tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet")
    names = [
        f"member_spread_{channel}_{step}" for channel in HORIZON.channels for step in (1, 2, 3)
    ]
    assert (table[names] > 0).all(axis=None)
    assert [name for name in table.columns if name.startswith("member")] == names
    spreads = load_saved_model(newest_version(context.run))(first_rows(context.splits().test, 4))[
        "member_spread"
    ]
    assert spreads.shape == (4, 3, 2)
    assert spreads.dtype == np.float64


def test_an_export_whose_spread_is_another_one_is_refused(
    classes: StageContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_rows = TrainedModel.answer_rows

    def doubled(self: TrainedModel, rows: Any) -> Any:
        answers = answer_rows(self, rows)
        assert answers.spreads is not None
        return type(answers)(answers.scores, answers.features, answers.spreads * 2.0)

    monkeypatch.setattr(TrainedModel, "answer_rows", doubled)
    with pytest.raises(
        ContractError, match="output 'serving_default/member_spread' differs from the Keras model"
    ):
        verify_export(classes)
