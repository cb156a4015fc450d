from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from shared.errors import DataError, MissingArtefactError, UserError
from shared.run.artefacts.calibration_file import AbstentionProof
from shared.run.context import StageContext
from shared.serving.batch_scoring import ScoringSummary, _describe_abstained, score_inputs
from shared.serving.deployed_graph import write_saved_model
from shared.serving.export import export_stage
from shared.serving.saved_model import load_saved_model, newest_version
from tests.shared.serving.tiny_pipelines import (
    HORIZON,
    SIGNALS,
    RecordingProgress,
    forecast_context,
    signal_bytes,
    signal_context,
)
from tests.shared.uncalibrated import UNCALIBRATED

_NUM_GOOD = 5


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    context = signal_context(tmp_path_factory.mktemp("signals"))
    export_stage(context)
    return replace(context, splits=_no_splits)


@pytest.fixture(scope="module")
def forecast(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    context = forecast_context(tmp_path_factory.mktemp("loads"))
    export_stage(context)
    return replace(context, splits=_no_splits)


@pytest.fixture
def signals(tmp_path: Path) -> Path:
    """A folder with one empty file, one file of a wrong length, and good ones."""
    folder = tmp_path / "signals"
    folder.mkdir()
    for index, content in enumerate(signal_bytes(_NUM_GOOD)):
        (folder / f"{index}.raw").write_bytes(content)
    (folder / "1-empty.raw").write_bytes(b"")
    (folder / "3-truncated.raw").write_bytes(b"\x00" * 8)
    return folder


def _no_splits() -> Any:
    raise AssertionError("scoring must not load the data that the run was trained on")


def test_one_row_for_each_input_in_their_order(
    exported: StageContext, signals: Path, tmp_path: Path
) -> None:
    score_inputs(exported, signals, tmp_path / "scores.csv")
    table = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False)
    assert table.columns.tolist() == [
        "id",
        "decision",
        "set",
        "abstain",
        "unfamiliar",
        "ood_score",
        "probability_flat",
        "probability_rising",
        "probability_fällend",
        "error",
    ]
    assert table["id"].tolist() == [file.name for file in sorted(signals.iterdir())]


def test_answers_are_those_of_the_saved_model(
    exported: StageContext, signals: Path, tmp_path: Path
) -> None:
    summary = score_inputs(exported, signals, tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet")
    good = table[table["error"].isna()]
    assert summary.num_abstained == (good["abstain"] == "yes").sum()
    expected = load_saved_model(newest_version(exported.run))(
        {"signal_bytes": signal_bytes(_NUM_GOOD)}
    )
    np.testing.assert_allclose(
        good[[f"probability_{name}" for name in SIGNALS.names]],
        expected["probabilities"],
        atol=1e-6,
    )
    assert good["decision"].tolist() == expected["class_name"].tolist()
    assert [text.split("|") for text in good["set"]] == [
        [name for name, inside in zip(SIGNALS.names, row, strict=True) if inside]
        for row in expected["in_set"]
    ]
    assert good["abstain"].tolist() == ["yes" if answer else "no" for answer in expected["abstain"]]
    assert good["unfamiliar"].tolist() == [
        "yes" if answer else "no" for answer in expected["is_ood"]
    ]
    np.testing.assert_allclose(good["ood_score"], expected["ood_score"], rtol=1e-5)


def test_scoring_says_how_many_inputs_are_handed_on_and_why() -> None:
    proof = AbstentionProof(
        threshold=None, reason="too few rows", independent_rows=38.0, rows_needed=59, looks=1
    )
    everything = ScoringSummary(9, 1, "abc", num_abstained=8, why_always=proof.why_always(0.05))
    assert _describe_abstained(everything) == (
        "8 of 8 (100%) are handed on to a person: validation has too few rows to prove that at most"
        " 5 % of answers are wrong: it needs at least 59 independent ones and has 38 (rows of one"
        " entity count as fewer)"
    )
    some = ScoringSummary(8, 0, "abc", num_abstained=2)
    assert _describe_abstained(some).startswith("2 of 8 (25%) are handed on to a person: the model")
    assert _describe_abstained(ScoringSummary(8, 0, "abc", num_abstained=0)) == (
        "0 of 8 (0%) are handed on to a person"
    )


def test_csv_and_parquet_hold_the_same(
    exported: StageContext, signals: Path, tmp_path: Path
) -> None:
    for name in ("scores.csv", "scores.parquet"):
        score_inputs(exported, signals, tmp_path / name)
    csv = pd.read_csv(tmp_path / "scores.csv", dtype={"decision": "str", "error": "str"})
    pd.testing.assert_frame_equal(
        csv, pd.read_parquet(tmp_path / "scores.parquet"), check_dtype=False
    )


def test_unreadable_input_keeps_its_row_with_the_reason_and_no_values(
    exported: StageContext, signals: Path, tmp_path: Path
) -> None:
    score_inputs(exported, signals, tmp_path / "scores.csv")
    row = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False, dtype=str).to_dict("records")[
        1
    ]
    assert list(row.values()) == ["1-empty.raw", *[""] * 8, "the file is empty"]


def test_input_that_the_graph_refuses_costs_only_its_own_row(
    exported: StageContext, signals: Path, tmp_path: Path
) -> None:
    summary = score_inputs(exported, signals, tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet").set_index("id")
    assert table.index[table["decision"].isna()].tolist() == ["1-empty.raw", "3-truncated.raw"]
    assert table.loc["3-truncated.raw", "error"] == "its data is truncated or damaged"
    assert (summary.num_inputs, summary.num_errors) == (_NUM_GOOD + 2, 2)


def test_answer_that_is_not_finite_is_an_error(exported: StageContext, tmp_path: Path) -> None:
    (tmp_path / "huge.raw").write_bytes(np.full(12, np.inf, dtype=np.float32).tobytes())
    score_inputs(exported, tmp_path / "huge.raw", tmp_path / "scores.csv")
    (row,) = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False, dtype=str).to_dict(
        "records"
    )
    assert row["error"] == "the model's answer is not a finite number"
    assert row["decision"] == row["probability_flat"] == ""


def test_summary_says_which_model_scored(
    exported: StageContext, signals: Path, tmp_path: Path
) -> None:
    progress = RecordingProgress()
    summary = score_inputs(replace(exported, progress=progress), signals, tmp_path / "scores.csv")
    assert (
        summary.weights_sha256
        == exported.run.read_json("signature.json", maker="export")["weights_sha256"]
    )
    assert progress.lines == [
        f"5 of 7 inputs scored by model {summary.weights_sha256[:12]}; 2 could not be, see the"
        f" column 'error': {tmp_path / 'scores.csv'}",
        "3 of 5 (60%) are handed on to a person: the model is not sure enough of them, see the"
        " column 'abstain'",
    ]


def test_more_inputs_than_one_batch_stay_in_order(exported: StageContext, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    contents = signal_bytes(130, seed=3)
    for index, content in enumerate(contents):
        (folder / f"{index:03}.raw").write_bytes(content)
    score_inputs(exported, folder, tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet")
    expected = load_saved_model(newest_version(exported.run))({"signal_bytes": contents})[
        "probabilities"
    ]
    np.testing.assert_allclose(table["probability_flat"], expected[:, 0], atol=1e-6)


def test_ids_are_text_even_where_a_spreadsheet_would_calculate(
    exported: StageContext, tmp_path: Path
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = ["+1.raw", '=HYPERLINK("x").raw', "@a,b.raw", "line\nbreak.raw"]
    for name in names:
        (folder / name).write_bytes(signal_bytes(1)[0])
    score_inputs(exported, folder, tmp_path / "scores.csv")
    assert pd.read_csv(tmp_path / "scores.csv")["id"].tolist() == sorted(names)


def test_forecasts_have_a_column_for_each_channel_level_and_step(
    forecast: StageContext, tmp_path: Path
) -> None:
    np.savetxt(
        tmp_path / "windows.csv", np.random.default_rng(0).uniform(0, 23, (4, 17)), delimiter=","
    )
    score_inputs(forecast, tmp_path / "windows.csv", tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet")
    blocks = [
        f"{level}_{channel}"
        for channel in HORIZON.channels
        for level in ("forecast", "q10", "q50", "q90")
    ]
    values = [f"{block}_{step}" for block in blocks for step in (1, 2, 3)]
    assert table.columns.tolist() == ["id", "unfamiliar", "ood_score", *values, "error"]
    assert (table["q10_heat_3"] <= table["q90_heat_3"]).all()


def test_forecast_values_stand_in_the_column_that_names_them(
    forecast: StageContext, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).uniform(0, 23, (4, 17))
    np.savetxt(tmp_path / "windows.csv", values, delimiter=",", fmt="%.3f")
    score_inputs(forecast, tmp_path / "windows.csv", tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet")
    rows = forecast.pipeline.read_inputs(forecast.config, tmp_path / "windows.csv").rows(
        np.arange(4)
    )
    answer = load_saved_model(newest_version(forecast.run))(rows)
    np.testing.assert_allclose(table["forecast_heat_2"], answer["forecast"][:, 1, 1], rtol=1e-5)
    np.testing.assert_allclose(table["q90_load_3"], answer["quantiles"][:, 2, 0, 2], rtol=1e-5)
    long = pd.wide_to_long(table, ["forecast_load", "q10_load"], "id", "step", sep="_")
    assert len(long) == 4 * HORIZON.steps


@pytest.mark.parametrize("name", ["scores.xlsx", "scores", "scores.csv.gz"])
def test_other_suffixes_are_refused_before_any_work(
    exported: StageContext, signals: Path, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UserError, match=r"expected a file ending in \.csv or \.parquet"):
        score_inputs(exported, signals, tmp_path / name)


def test_folder_as_output_is_refused(exported: StageContext, signals: Path, tmp_path: Path) -> None:
    (tmp_path / "scores.csv").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        score_inputs(exported, signals, tmp_path / "scores.csv")
    assert (tmp_path / "scores.csv").is_dir()


def test_input_file_is_never_replaced(forecast: StageContext, tmp_path: Path) -> None:
    (tmp_path / "windows.csv").write_text("1,2\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "windows.csv")
    for output in ("windows.csv", "link.csv"):
        with pytest.raises(UserError, match="is the input itself"):
            score_inputs(forecast, tmp_path / "windows.csv", tmp_path / output)
    assert (tmp_path / "windows.csv").read_text() == "1,2\n"


def test_file_of_the_input_folder_is_never_replaced(exported: StageContext, signals: Path) -> None:
    (signals / "taken.csv").write_bytes(signal_bytes(1)[0])
    with pytest.raises(UserError, match="is one of the inputs"):
        score_inputs(exported, signals, signals / "taken.csv")
    assert (signals / "taken.csv").read_bytes() == signal_bytes(1)[0]


def test_output_that_cannot_be_written_is_the_users_to_fix(
    exported: StageContext, signals: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        UserError,
        match=(
            r"scores\.csv can't be written \((File exists|Not a directory)\)\. Choose another place"
            r" with --output"
        ),
    ):
        score_inputs(exported, signals, tmp_path / "file" / "scores.csv")


def test_nothing_to_score_is_an_error(exported: StageContext, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="nothing to score was found"):
        score_inputs(exported, tmp_path / "empty", tmp_path / "scores.csv")
    assert not (tmp_path / "scores.csv").exists()


def test_missing_export_names_its_stage(signals: Path, tmp_path: Path) -> None:
    with pytest.raises(
        MissingArtefactError, match=r"saved_model is missing\. The stage 'export' makes it"
    ):
        score_inputs(signal_context(tmp_path / "run"), signals, tmp_path / "scores.csv")


def test_saved_model_of_other_weights_is_refused(
    exported: StageContext, signals: Path, tmp_path: Path
) -> None:
    shutil.copytree(exported.run.path, tmp_path / "run")
    context = signal_context(tmp_path / "run")
    _publish_other_weights(context)
    with pytest.raises(
        MissingArtefactError, match=r"holds other weights than signature\.json says"
    ):
        score_inputs(context, signals, tmp_path / "scores.csv")


def _publish_other_weights(context: StageContext) -> None:
    """Writes version 2 behind the back of the export stage."""
    from shared.model.trained_model import load_trained_model

    model = load_trained_model(context)
    head: keras.layers.Layer = model.model.layers[-1]
    head.set_weights([weights + 1.0 for weights in head.get_weights()])
    write_saved_model(model, SIGNALS, UNCALIBRATED, context.run / "saved_model" / "2")
