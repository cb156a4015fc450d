"""The run that a training learns from: whether it may teach, and what it says of the training rows.

A teacher that has met a test row would carry it into the student, and the student's test would no
longer be one. So all three splits must be the same, by fingerprint.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from shared.config.setting_text import set_option
from shared.config.sources import read_config
from shared.contract import Splits
from shared.errors import ConfigError, DataError
from shared.model.model_fingerprint import model_fingerprint
from shared.model.trained_model import load_trained_model
from shared.prediction.predict import predict_split
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.train_file import TeacherRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG, MODEL, PREPROCESS
from shared.targets import Categories, Target
from shared.targets.predictions import Scores

__all__ = ["Teacher", "ask_teacher"]


@dataclass(frozen=True)
class Teacher:
    """What a teacher says.

    Attributes:
        scores: Of the training rows, (n, *target.shape), as its model emits them.
        record: Who it is.
    """

    scores: Scores
    record: TeacherRecord


def ask_teacher(context: StageContext, splits: Splits) -> Teacher | None:
    """Score the training rows with the run that `train.teacher` names; None if it names none.

    It sees them as they are, without the augmentation that is part of the student's network.

    Raises:
        ConfigError: It is no finished run of this pipeline, or this is a cross-validation.
        DataError: It predicts something else, or was trained on other rows.
        MissingArtefactError: Its model or data record is missing.
    """
    settings = context.config.train
    if settings.teacher is None:
        return None
    run = RunDirectory(Path(settings.teacher))
    _require_run(context, run)
    _require_same_rows(run, splits)
    config = read_config(type(context.config), run / CONFIG)
    theirs = replace(context, config=config, run=run)
    context.progress.update(0, 1, "asking the teacher")
    with _leaving_seeds_alone():
        trained = load_trained_model(theirs)
        scores = predict_split(trained, splits.train, context.progress).scores
    record = TeacherRecord(
        run=run.path.name,
        model_sha256=model_fingerprint(trained.model),
        weight=settings.teacher_weight,
        temperature=settings.teacher_temperature,
        n=len(splits.train),
    )
    return Teacher(scores, record)


def _require_run(context: StageContext, run: RunDirectory) -> None:
    without = f"Leave it out, or {set_option('train.teacher', 'runs/speech/latest')}"
    if context.config.data.split == "leave_one_entity_out":
        raise ConfigError(
            "train.teacher can't be combined with data.split=leave_one_entity_out: each fold tests"
            " rows that a teacher of one split was trained on. Choose another split."
        )
    if not (run / CONFIG).is_file():
        raise ConfigError(f"train.teacher={run.path} is no run: it has no {CONFIG}. {without}")
    if run.path.resolve() == context.run.path.resolve():
        raise ConfigError(f"train.teacher={run.path} is this run itself. {without}")
    owner = run.read_json(CONFIG).get("pipeline")
    if owner != context.pipeline.name:
        raise ConfigError(
            f"train.teacher={run.path} is a run of {owner!r}, expected {context.pipeline.name!r}."
            f" {without}"
        )
    for name in (MODEL, PREPROCESS):
        run.require(name)


def _require_same_rows(run: RunDirectory, splits: Splits) -> None:
    recorded = DataRecord.read(run)
    if recorded.folds:
        raise ConfigError(
            f"train.teacher={run.path} is a cross-validation, whose models have met the test rows."
            " Name a run with the same single split."
        )
    if recorded.target != splits.target:
        raise DataError(
            f"train.teacher={run.path} predicts {_say(recorded.target)}, this run"
            f" {_say(splits.target)}: a student must predict the same."
        )
    for name, examples in splits.by_split().items():
        theirs = recorded.splits[name].fingerprint
        if theirs != examples.fingerprint():
            raise DataError(
                f"train.teacher={run.path} has another {name} split than this run"
                f" ({theirs[:12]}…, here {examples.fingerprint()[:12]}…): it may have been trained"
                " on rows that test the student. Give both the same data, data.split, shares and"
                " train.seed."
            )


@contextmanager
def _leaving_seeds_alone() -> Iterator[None]:
    """So that a student begins with the weights that it would have alone."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


def _say(target: Target) -> str:
    names = target.names if isinstance(target, Categories) else target.channels
    return f"{target.kind} {', '.join(names)}"
