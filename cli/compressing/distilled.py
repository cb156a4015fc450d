"""A smaller network that learns from a finished run, beside the same network alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.options import configure, owner
from pipelines import get_pipeline
from shared.config import RunConfig
from shared.config.setting_text import set_option
from shared.config.sources import override_config
from shared.contract import Pipeline, Rows
from shared.errors import ConfigError
from shared.loading.tensorflow_startup import start_tensorflow
from shared.run.directory import RunDirectory
from shared.run.files import COMPRESSION_TIMING, MODEL
from shared.stages.runner import StageDisplay, checked_splits, run_stages

if TYPE_CHECKING:
    from shared.compression.compress import Compressed
    from shared.compression.scopes import ScopedModel
    from shared.run.artefacts.compression.record import SizeRecord

__all__ = ["ALONE", "STUDENT", "distil_run"]

STUDENT = "student"
ALONE = "alone"

_STAGES = ("data", "train", "predict", "calibrate")


@dataclass(frozen=True)
class _Models:
    """The three runs that are compared."""

    pipeline: Pipeline
    teacher: RunDirectory
    student: RunDirectory
    alone: RunDirectory
    config: RunConfig
    display: StageDisplay


def distil_run(
    teacher: RunDirectory, folder: Path, assignments: list[str], display: StageDisplay
) -> Compressed:
    """Train a student of a run and the same student alone, and compare all three.

    Both trainings are runs of their own in `folder`; one that was interrupted goes on.

    Args:
        teacher: A finished run.
        folder: Of all that is written.
        assignments: What the student is, `section.key=value`.
        display: Shows the stages.

    Raises:
        ConfigError: Nothing says what the student is, or it is told to have another teacher.
        UserError: As `run` has it.
    """
    pipeline = get_pipeline(owner(teacher))
    config = configure(pipeline, run_dir=teacher.path)
    _require_student(assignments)
    runs = {name: RunDirectory(folder / name) for name in (STUDENT, ALONE)}
    models = _Models(pipeline, teacher, runs[STUDENT], runs[ALONE], config, display)
    named = f"train.teacher={json.dumps(str(teacher.path))}"
    plain = override_config(config, ["train.teacher=null", *assignments])
    _train(models, override_config(plain, [named]), models.student)
    _train(models, plain, models.alone)
    with display.stage("compress"):
        start_tensorflow()  # quietly, before a module does it aloud
        compressed = _measure(models, plain)
    _write(folder, compressed)
    return compressed


def _require_student(assignments: list[str]) -> None:
    if not any(one.startswith(("model.", "front_end.")) for one in assignments):
        raise ConfigError(
            "--method distil needs to know the student, which is smaller than the run's model. See"
            " python -m pipelines settings NAME model for what there is, and add for example"
            f" {set_option('model.channels', 8)}"
        )
    if any(one.startswith("train.teacher=") for one in assignments):
        raise ConfigError(
            "With --method distil the run itself is the teacher: leave train.teacher out."
        )


def _train(models: _Models, config: RunConfig, run: RunDirectory) -> None:
    run_stages(models.pipeline, config, run, stages=_STAGES, resume=True, display=models.display)


def _measure(models: _Models, plain: RunConfig) -> Compressed:
    from shared.compression.comparison import compare_with
    from shared.compression.compress import Compressed, about_run
    from shared.run.artefacts.compression.record import CompressionRecord
    from shared.serving.deployed_graph import trained_fingerprint

    scoped = {"teacher": _scoped(models, models.config, models.teacher)}
    scoped["student"] = _scoped(models, plain, models.student)
    others = {"the teacher": models.teacher, "the same student alone": models.alone}
    compared = [
        compare_with(models.student, run, models.config, against=name)
        for name, run in others.items()
    ]
    runs = {"teacher": models.teacher, "student": models.student}
    record = CompressionRecord(
        **about_run(models.teacher, models.pipeline.title),
        method="distil",
        weights_sha256=trained_fingerprint(scoped["teacher"].trained),
        sizes=tuple(_size(name, run, scoped[name]) for name, run in runs.items()),
        comparisons=tuple(compared),
        notes=_notes(models),
    )
    return Compressed(record, _time(models, scoped))


def _notes(models: _Models) -> tuple[str, ...]:
    """A floor learns nothing from a teacher, and may be what both students deploy."""
    from shared.run.artefacts.blend_file import BlendRecord

    deployed = {
        name: BlendRecord.read(run).deployed
        for name, run in (("student", models.student), ("student alone", models.alone))
    }
    return tuple(
        f"The {name} deploys its {what}, as validation chose; train.deploy=network keeps to the"
        " network."
        for name, what in deployed.items()
        if what != "network"
    )


def _scoped(models: _Models, config: RunConfig, run: RunDirectory) -> ScopedModel:
    from shared.compression.scopes import ScopedModel
    from shared.model.trained_model import load_trained_model
    from shared.run.artefacts.data.record import DataRecord
    from shared.run.context import StageContext
    from shared.run.progress import SilentProgress

    splits = checked_splits(models.pipeline, config, run)
    context = StageContext(models.pipeline, config, run, SilentProgress(), splits)
    return ScopedModel(load_trained_model(context), "wire", DataRecord.read(run).target)


def _size(name: str, run: RunDirectory, scoped: ScopedModel) -> SizeRecord:
    import numpy as np

    from shared.compression.sizes import measure_size

    weights = [np.asarray(weight) for weight in scoped.trained.model.weights]
    return measure_size(name, run / MODEL, weights, beside=None if name == "teacher" else "teacher")


def _time(models: _Models, scoped: dict[str, ScopedModel]) -> Any:
    import numpy as np

    from shared.compression.latency import MOST_TIMED, measure_latency

    test = checked_splits(models.pipeline, models.config, models.teacher)().test
    rows = [test.rows(np.array([row])) for row in range(min(MOST_TIMED, len(test)))]
    calls = {name: _call(each) for name, each in scoped.items()}
    return measure_latency(calls, rows, scope="from what a client sends to scores")


def _call(scoped: ScopedModel) -> Callable[[Rows], Any]:
    import tensorflow as tf

    from shared.loading.batches.preparation import as_tensors

    specs = dict(scoped.graph.inputs)
    whole = tf.function(scoped.score, input_signature=[specs])
    return lambda rows: whole({name: as_tensors(rows)[name] for name in specs})


def _write(folder: Path, compressed: Compressed) -> None:
    from cli.compressing.command import PAGE
    from shared.reporting.beside.compression_page import render_compression

    written = RunDirectory(folder)
    compressed.record.write(written)
    written.write_json(COMPRESSION_TIMING, compressed.times.model_dump(mode="json"))
    written.write_text(PAGE, render_compression(compressed.record, compressed.times))
