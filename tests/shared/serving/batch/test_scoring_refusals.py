from __future__ import annotations

import shutil
from pathlib import Path

import keras
import pytest

from shared.errors import DataError, MissingArtefactError, UserError
from shared.run.context import StageContext
from shared.serving.batch.scoring import score_inputs
from shared.serving.deployed_graph import DeployedGraph, write_saved_model
from tests.shared.serving.tiny.signals import SIGNALS, signal_bytes, signal_context
from tests.shared.uncalibrated import UNCALIBRATED


@pytest.mark.parametrize("name", ["scores.xlsx", "scores", "scores.csv.gz"])
def test_other_suffixes_are_refused_before_any_work(
    exported_alone: StageContext, signals: Path, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UserError, match=r"expected a file ending in \.csv or \.parquet"):
        score_inputs(exported_alone, signals, tmp_path / name)


def test_folder_as_output_is_refused(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    (tmp_path / "scores.csv").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        score_inputs(exported_alone, signals, tmp_path / "scores.csv")
    assert (tmp_path / "scores.csv").is_dir()


def test_input_file_is_never_replaced(forecast_alone: StageContext, tmp_path: Path) -> None:
    (tmp_path / "windows.csv").write_text("1,2\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "windows.csv")
    for output in ("windows.csv", "link.csv"):
        with pytest.raises(UserError, match="is the input itself"):
            score_inputs(forecast_alone, tmp_path / "windows.csv", tmp_path / output)
    assert (tmp_path / "windows.csv").read_text() == "1,2\n"


def test_file_of_the_input_folder_is_never_replaced(
    exported_alone: StageContext, signals: Path
) -> None:
    (signals / "taken.csv").write_bytes(signal_bytes(1)[0])
    with pytest.raises(UserError, match="is one of the inputs"):
        score_inputs(exported_alone, signals, signals / "taken.csv")
    assert (signals / "taken.csv").read_bytes() == signal_bytes(1)[0]


def test_output_that_cannot_be_written_is_the_users_to_fix(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        UserError,
        match=(
            r"scores\.csv\.part can't be written \((File exists|Not a directory)\)\. Choose another place"
            r" with --output"
        ),
    ):
        score_inputs(exported_alone, signals, tmp_path / "file" / "scores.csv")


def test_nothing_to_score_is_an_error(exported_alone: StageContext, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="nothing to score was found"):
        score_inputs(exported_alone, tmp_path / "empty", tmp_path / "scores.csv")
    assert not (tmp_path / "scores.csv").exists()


def test_missing_export_names_its_stage(signals: Path, tmp_path: Path) -> None:
    with pytest.raises(
        MissingArtefactError, match=r"saved_model is missing\. The stage 'export' makes it"
    ):
        score_inputs(signal_context(tmp_path / "run"), signals, tmp_path / "scores.csv")


def test_saved_model_of_other_weights_is_refused(
    exported_alone: StageContext, signals: Path, tmp_path: Path
) -> None:
    shutil.copytree(exported_alone.run.path, tmp_path / "run")
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
    graph = DeployedGraph(model, SIGNALS, UNCALIBRATED)
    write_saved_model(graph, context.run / "saved_model" / "2")
