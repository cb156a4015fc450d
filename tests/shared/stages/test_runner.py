from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from filelock import FileLock

import tests.contract.toy
from shared.config import RunConfig
from shared.config.sources import resolve_config
from shared.errors import ConfigError, MissingArtefactError, RunDirectoryError
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.run.records import read_record
from shared.stages.freshness import current_inputs
from shared.stages.runner import run_stages
from shared.stages.table import STAGES, stage_named
from tests.contract.toy import PIPELINE

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"
TO_PREDICT = ["data", "train", "predict"]


def configure(*assignments: str) -> RunConfig:
    return resolve_config(
        PIPELINE.config_type,
        PRESETS,
        "smoke",
        ["train.epochs=1", "evaluate.max_perturbation_examples=20", *assignments],
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "toy"
    run_stages(PIPELINE, configure(), RunDirectory(path), stages=TO_PREDICT)
    return path


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> RunDirectory:
    """A private copy of a run that got as far as predict."""
    import shutil

    shutil.copytree(finished, tmp_path / "toy")
    return RunDirectory(tmp_path / "toy")


def test_every_need_is_made_by_an_earlier_stage() -> None:
    made: set[str] = set()
    for stage in STAGES:
        assert set(stage.needs) <= made, stage.name
        made |= set(stage.makes)


def test_resume_reuses_every_stage_that_is_up_to_date(run: RunDirectory) -> None:
    results = run_stages(PIPELINE, configure(), run, stages=TO_PREDICT, resume=True)
    assert {result.name: result.reused for result in results} == {
        "resolve": False,
        "data": True,
        "train": True,
        "predict": True,
    }


def test_resume_repeats_what_a_changed_setting_decides(run: RunDirectory) -> None:
    results = run_stages(
        PIPELINE,
        configure("evaluate.max_perturbation_examples=21"),
        run,
        stages=TO_PREDICT,
        resume=True,
    )
    assert [result.name for result in results if not result.reused] == ["resolve", "predict"]


def test_resume_repeats_a_stage_whose_file_was_removed(run: RunDirectory) -> None:
    (run / "predictions/behaviours.parquet").unlink()
    results = run_stages(PIPELINE, configure(), run, stages=["predict"], resume=True)
    assert [result.reused for result in results] == [False, False]


def test_a_student_is_stale_once_its_teacher_was_trained_again(
    run: RunDirectory, finished: Path, tmp_path: Path
) -> None:
    import shutil

    teacher = tmp_path / "teacher"
    shutil.copytree(finished, teacher)
    config = configure(f"train.teacher={json.dumps(str(teacher))}")
    context = StageContext(PIPELINE, config, run, SilentProgress(), _no_splits)
    train = stage_named("train")
    before = current_inputs(train, context)
    (teacher / "model.keras").write_bytes(b"trained again")
    after = current_inputs(train, context)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"teacher:model.keras"}


def _no_splits() -> NoReturn:
    raise AssertionError("nobody asks for data")


def test_missing_input_names_the_file_and_its_maker(run: RunDirectory) -> None:
    (run / "model.keras").unlink()
    with pytest.raises(
        MissingArtefactError, match=r"model\.keras is missing\. The stage 'train' makes it"
    ):
        run_stages(PIPELINE, configure(), run, stages=["predict"])


def test_stale_input_is_refused(run: RunDirectory) -> None:
    with pytest.raises(
        MissingArtefactError, match=r"'train' are stale .*setting 'train' has changed"
    ):
        run_stages(PIPELINE, configure("train.epochs=2"), run, stages=["predict"])


def test_edited_artefact_is_refused(run: RunDirectory) -> None:
    with (run / "data.json").open("a") as described:
        described.write("\n")
    with pytest.raises(MissingArtefactError, match=r"data\.json was edited"):
        run_stages(PIPELINE, configure(), run, stages=["predict"])


def test_data_that_changed_since_the_data_stage_is_refused(run: RunDirectory) -> None:
    def changed(config: Any, n: int, seed: int) -> Any:
        splits = PIPELINE.synthesize(config, n, seed)
        targets = np.roll(splits.train.targets, 1)
        return dataclasses.replace(splits, train=dataclasses.replace(splits.train, targets=targets))

    with pytest.raises(MissingArtefactError, match="has changed since the data stage read it"):
        run_stages(
            dataclasses.replace(PIPELINE, synthesize=changed), configure(), run, stages=["predict"]
        )


def test_unknown_stage_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no stage 'trian'\. Stages: resolve, data, train"):
        run_stages(PIPELINE, configure(), RunDirectory(tmp_path), stages=["trian"])


def test_what_the_data_decides_is_recorded_with_the_settings(tmp_path: Path) -> None:
    def complete(config: RunConfig) -> RunConfig:
        return config.model_copy(update={"preset": "completed"})

    pipeline = dataclasses.replace(PIPELINE, complete=complete)
    run_stages(pipeline, configure(), RunDirectory(tmp_path), stages=["resolve"])
    assert json.loads((tmp_path / "config.json").read_text())["preset"] == "completed"


def test_run_directory_of_another_pipeline_is_refused_and_kept(run: RunDirectory) -> None:
    before = (run / "config.json").read_text()
    other = dataclasses.replace(PIPELINE, name="other")
    with pytest.raises(
        RunDirectoryError, match="holds a run of the pipeline 'toy', not of 'other'"
    ):
        run_stages(other, configure(), run, stages=["resolve"])
    assert (run / "config.json").read_text() == before


def test_run_directory_in_use_is_refused(run: RunDirectory) -> None:
    with FileLock(run / ".lock"), pytest.raises(RunDirectoryError, match="another process"):
        run_stages(PIPELINE, configure(), run, stages=["resolve"])


def test_run_directory_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunDirectoryError, match="can't be written"):
        run_stages(PIPELINE, configure(), RunDirectory(tmp_path / "file"), stages=["resolve"])


def test_config_json_alone_reproduces_the_predictions(run: RunDirectory, tmp_path: Path) -> None:
    config = PIPELINE.config_type.model_validate_json((run / "config.json").read_text())
    again = RunDirectory(tmp_path / "again")
    run_stages(PIPELINE, config, again, stages=TO_PREDICT)
    for part in ("val", "test", "perturbations"):
        assert again.fingerprint(f"predictions/{part}.parquet") == run.fingerprint(
            f"predictions/{part}.parquet"
        )


def test_data_json_counts_every_split(run: RunDirectory) -> None:
    described = json.loads((run / "data.json").read_text())
    for split in described["splits"].values():
        assert sum(split["classes"].values()) == split["n"] >= split["num_entities"] > 0


def test_what_works_on_tables_runs_without_tensorflow(run: RunDirectory) -> None:
    code = (
        "import sys; from pathlib import Path; from shared.run.directory import RunDirectory; from"
        " shared.stages.runner import run_stages\nfrom tests.contract.toy import PIPELINE; from"
        " shared.config.sources import read_config\nfolder = Path(sys.argv[1]); config ="
        " read_config(PIPELINE.config_type, folder / 'config.json')\nrun_stages(PIPELINE, config,"
        " RunDirectory(folder), stages=sys.argv[2].split(','))\nsys.exit(f'loaded"
        ' {sorted({"tensorflow", "keras"} & set(sys.modules))}\' if \'keras\' in sys.modules'
        " else 0)"
    )
    on_tables = [
        stage.name for stage in STAGES if not stage.uses_tensorflow and stage.name != "report"
    ]  # nothing to report yet
    assert "fairness" in on_tables
    done = subprocess.run(
        [sys.executable, "-c", code, str(run.path), ",".join(on_tables)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert run.has("fairness.json")


def test_a_damaged_record_names_its_stage(run: RunDirectory) -> None:
    run.write_json(".stages/train.json", {"stage": "train"})
    with pytest.raises(
        MissingArtefactError,
        match=(
            r"train\.json is not a record of the stage 'train'. Make it again with python -m pipelines run [a-z_A-Z]+ --stages train"
        ),
    ):
        read_record(run, "train")
