from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from shared.run.context import StageContext
from shared.serving.batch.scoring import score_inputs
from shared.serving.saved_model import load_saved_model, newest_version
from shared.session.opened_run import OpenedRun
from tests.shared.serving.conftest import NUM_GOOD
from tests.shared.serving.tiny.forecasts import HORIZON
from tests.shared.serving.tiny.runs import RecordingProgress
from tests.shared.serving.tiny.signals import SIGNALS, signal_bytes


def test_one_row_for_each_input_in_their_order(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    score_inputs(exported_alone, signals, tmp_path / "scores.csv")
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


def test_an_opened_run_gives_the_same_table(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    context = exported_alone
    opened = OpenedRun(context.run, context.pipeline, lambda assignments: context.config)
    score_inputs(context, signals, tmp_path / "scores.parquet")
    expected = pd.read_parquet(tmp_path / "scores.parquet")
    pd.testing.assert_frame_equal(opened.predict(signals), expected)


def test_answers_are_those_of_the_saved_model(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    summary = score_inputs(exported_alone, signals, tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet")
    good = table[table["error"].isna()]
    assert summary is not None
    assert summary.num_abstained == (good["abstain"] == "yes").sum()
    expected = load_saved_model(newest_version(exported_alone.run))(
        {"signal_bytes": signal_bytes(NUM_GOOD)}
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


def test_csv_and_parquet_hold_the_same(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    for name in ("scores.csv", "scores.parquet"):
        score_inputs(exported_alone, signals, tmp_path / name)
    csv = pd.read_csv(tmp_path / "scores.csv", dtype={"decision": "str", "error": "str"})
    pd.testing.assert_frame_equal(
        csv, pd.read_parquet(tmp_path / "scores.parquet"), check_dtype=False
    )


def test_unreadable_input_keeps_its_row_with_the_reason_and_no_values(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    score_inputs(exported_alone, signals, tmp_path / "scores.csv")
    row = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False, dtype=str).to_dict("records")[
        1
    ]
    assert list(row.values()) == ["1-empty.raw", *[""] * 8, "the file is empty"]


def test_input_that_the_graph_refuses_costs_only_its_own_row(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    summary = score_inputs(exported_alone, signals, tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet").set_index("id")
    assert table.index[table["decision"].isna()].tolist() == ["1-empty.raw", "3-truncated.raw"]
    assert table.loc["3-truncated.raw", "error"] == "its data is truncated or damaged"
    assert summary is not None
    assert (summary.num_inputs, summary.num_errors) == (NUM_GOOD + 2, 2)


def test_answer_that_is_not_finite_is_an_error(
    exported_alone: StageContext, tmp_path: Path
) -> None:
    (tmp_path / "huge.raw").write_bytes(np.full(12, np.inf, dtype=np.float32).tobytes())
    score_inputs(exported_alone, tmp_path / "huge.raw", tmp_path / "scores.csv")
    (row,) = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False, dtype=str).to_dict(
        "records"
    )
    assert row["error"] == "the model's answer is not a finite number"
    assert row["decision"] == row["probability_flat"] == ""


def test_summary_says_which_model_scored(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    progress = RecordingProgress()
    summary = score_inputs(
        replace(exported_alone, progress=progress), signals, tmp_path / "scores.csv"
    )
    assert summary is not None
    assert (
        summary.weights_sha256
        == exported_alone.run.read_json("signature.json", maker="export")["weights_sha256"]
    )
    assert progress.lines == [
        f"5 of 7 inputs scored by model {summary.weights_sha256[:12]}; 2 could not be, see the"
        f" column 'error': {tmp_path / 'scores.csv'}",
        "3 of 5 (60%) are handed on to a person: the model is not sure enough of them, see the"
        " column 'abstain'",
    ]


def test_more_inputs_than_one_batch_stay_in_order(
    exported_alone: StageContext, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    contents = signal_bytes(130, seed=3)
    for index, content in enumerate(contents):
        (folder / f"{index:03}.raw").write_bytes(content)
    score_inputs(exported_alone, folder, tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet")
    expected = load_saved_model(newest_version(exported_alone.run))({"signal_bytes": contents})[
        "probabilities"
    ]
    np.testing.assert_allclose(table["probability_flat"], expected[:, 0], atol=1e-6)


def test_ids_are_text_even_where_a_spreadsheet_would_calculate(
    exported_alone: StageContext, tmp_path: Path
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = ["+1.raw", '=HYPERLINK("x").raw', "@a,b.raw", "line\nbreak.raw"]
    for name in names:
        (folder / name).write_bytes(signal_bytes(1)[0])
    score_inputs(exported_alone, folder, tmp_path / "scores.csv")
    shown = ["'+1.raw", '\'=HYPERLINK("x").raw', "'@a,b.raw", "line\nbreak.raw"]
    assert pd.read_csv(tmp_path / "scores.csv")["id"].tolist() == shown


def test_forecasts_have_a_column_for_each_channel_level_and_step(
    forecast_alone: StageContext, tmp_path: Path
) -> None:
    np.savetxt(
        tmp_path / "windows.csv", np.random.default_rng(0).uniform(0, 23, (4, 17)), delimiter=","
    )
    score_inputs(forecast_alone, tmp_path / "windows.csv", tmp_path / "scores.parquet")
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
    forecast_alone: StageContext, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).uniform(0, 23, (4, 17))
    np.savetxt(tmp_path / "windows.csv", values, delimiter=",", fmt="%.3f")
    score_inputs(forecast_alone, tmp_path / "windows.csv", tmp_path / "scores.parquet")
    table = pd.read_parquet(tmp_path / "scores.parquet")
    rows = forecast_alone.pipeline.read_inputs(
        forecast_alone.config, tmp_path / "windows.csv"
    ).rows(np.arange(4))
    answer = load_saved_model(newest_version(forecast_alone.run))(rows)
    np.testing.assert_allclose(table["forecast_heat_2"], answer["forecast"][:, 1, 1], rtol=1e-5)
    np.testing.assert_allclose(table["q90_load_3"], answer["quantiles"][:, 2, 0, 2], rtol=1e-5)
    long = pd.wide_to_long(table, ["forecast_load", "q10_load"], "id", "step", sep="_")
    assert len(long) == 4 * HORIZON.steps
