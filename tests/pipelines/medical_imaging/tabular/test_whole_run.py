"""From a table to scored files: the graph reads the columns as training did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.medical_imaging import PIPELINE
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.parity_file import ParityRecord
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.serving.batch.scoring import score_inputs
from shared.serving.saved_model import load_saved_model, newest_version
from shared.stages.runner import run_stages
from tests.pipelines.medical_imaging.images import config
from tests.pipelines.medical_imaging.tabular.sources import COLUMNS, write_source

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

_STAGES = ("data", "train", "predict", "calibrate", "explain", "export")


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    folder = tmp_path_factory.mktemp("tabular")
    site = [("back", "", "face")[n % 3] for n in range(90)]
    label = ["ab"[n % 3 == 0] for n in range(90)]
    settings = config(
        *COLUMNS,
        "train.batch_size=8",
        "train.deploy=network",
        "evaluate.max_perturbation_examples=20",
        "data.cache_disk_limit_mib=0",
        source=write_source(folder / "source", 90, site=site, label=label),
    )
    run = RunDirectory(folder / "run")
    run_stages(PIPELINE, settings, run, stages=_STAGES)
    return StageContext(PIPELINE, settings, run, SilentProgress(), lambda: None)  # type: ignore[arg-type, return-value]


def test_the_record_the_signature_and_the_gate_name_the_columns(context: StageContext) -> None:
    notes = DataRecord.read(context.run).provenance.notes
    assert any("age (a number" in note and "site (a category" in note for note in notes)
    signature = SignatureRecord.read(context.run)
    (tabular,) = [
        one for one in signature.signatures["serving_default"].inputs if one.name == "tabular"
    ]
    assert (tabular.columns, tabular.shape) == (("age", "site"), (None, 2))
    assert signature.reading == {"tabular_numbers": ["age"]}
    assert "age is no number" in ParityRecord.read(context.run).refused


def test_files_are_answered_as_the_graph_answers_and_refused_alike(
    context: StageContext, tmp_path: Path
) -> None:
    source = Path(context.config.data.source)
    table = source / "images" / "list.csv"
    values = {"image00": ["old", "back"], "image01": ["41", "toe"], "image02": ["", ""]}
    lines = [f"{name},{','.join(beside)}" for name, beside in values.items()]
    table.write_text("\n".join(["image,age,site", *lines]), encoding="utf-8")
    score_inputs(context, table, tmp_path / "scores.parquet")
    scores = pd.read_parquet(tmp_path / "scores.parquet").set_index("id")
    contents = np.empty(3, object)
    contents[:] = [(source / "images" / f"{name}.png").read_bytes() for name in values]
    wire = {"image_bytes": contents, "tabular": np.array(list(values.values()), dtype=object)}
    served = load_saved_model(newest_version(context.run))(wire)
    assert scores["error"].fillna("").tolist() == served["error"].tolist()
    assert [bool(error) for error in served["error"]] == [True, False, False]
    answered = scores[["probability_a", "probability_b"]].iloc[1:]
    np.testing.assert_allclose(answered, served["probabilities"][1:], atol=1e-6)
