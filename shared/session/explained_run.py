"""Rows of a finished run explained: find them, explain them, write the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shared.config import RunConfig
from shared.contract import Pipeline
from shared.errors import ConfigError, DataError
from shared.explain.questions import ClassQuestion, ForecastQuestion, Question
from shared.reporting.explanations_page import render_explanations, row_charts
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.explanations.record import Explanations
from shared.run.artefacts.prediction_files import read_predictions
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import Progress
from shared.stages.runner import checked_splits
from shared.targets import Categories, Target
from shared.targets.calibration import calibrate

if TYPE_CHECKING:
    from shared.explain.asked_rows import AskedRow

__all__ = ["Asked", "explain_run"]


@dataclass(frozen=True)
class Asked:
    """What a person asks.

    Attributes:
        input_path: New files; None for test rows.
        ids: Of test rows; None for a rule.
        rows: The rule.
        count: Rows at most; None for `explain.num_examples`.
        class_name: The class to explain; None for the decided one.
        step: The step of a forecast to explain, from 1; None for the mean of all.
        quantile: Its level; None for the expected value.
    """

    input_path: Path | None
    ids: list[str] | None
    rows: str
    count: int | None
    class_name: str | None
    step: int | None
    quantile: float | None


def explain_run(
    pipeline: Pipeline,
    config: RunConfig,
    run: RunDirectory,
    asked: Asked,
    *,
    progress: Progress,
    output: Path,
) -> Explanations:
    """Explain rows of a finished run; write JSON, arrays, charts and the page to `output`.

    Raises:
        UserError: What is asked for can't be had; the message says what can.
    """
    data = DataRecord.read(run)
    question = _question(asked, data.target)
    from shared.loading.tensorflow_startup import start_tensorflow

    start_tensorflow()  # quietly, before a module does it aloud
    from shared.explain.checks.known_checks import known_checks
    from shared.explain.explained_rows import explain_rows, write_explanations
    from shared.explain.explainer import load_explainer

    context = StageContext(pipeline, config, run, progress, checked_splits(pipeline, config, run))
    new = asked.input_path
    rows = _test_rows(context, asked) if new is None else _new_rows(context, new)
    known = known_checks(run, config.explain)
    explainer = load_explainer(context, data.target, known.removals)
    found = explain_rows(explainer, rows, progress, question=question)
    directory = RunDirectory(output)
    record = write_explanations(directory, found, explainer, known.checks)
    _write_page(directory, record, found.arrays, data, pipeline.title)
    return record


def _write_page(
    directory: RunDirectory,
    record: Explanations,
    arrays: Sequence[Mapping[str, NDArray[Any]]],
    data: DataRecord,
    title: str,
) -> None:
    page = render_explanations(record, arrays, data.target, title=title, provenance=data.provenance)
    directory.write_text("explanations.html", page)
    for name, chart in row_charts(record, arrays).items():
        directory.write_text(f"charts/{name}", chart)


def _question(asked: Asked, target: Target) -> Question | None:
    """What is explained of each row; None for what is decided."""
    if isinstance(target, Categories):
        return _class_question(asked, target)
    if asked.class_name is not None:
        raise ConfigError("--class is for classes; this run forecasts. Use --step.")
    if asked.step is not None and asked.step > target.steps:
        raise ConfigError(f"--step {asked.step}: the forecast has {target.steps} steps.")
    if asked.quantile is not None and asked.quantile not in target.quantiles:
        known = ", ".join(f"{level:g}" for level in target.quantiles)
        raise ConfigError(f"--quantile {asked.quantile:g}: the run forecasts {known or 'none'}.")
    step = None if asked.step is None else asked.step - 1
    level = None if asked.quantile is None else target.quantiles.index(asked.quantile)
    return None if step is None and level is None else ForecastQuestion(step, level)


def _class_question(asked: Asked, target: Categories) -> Question | None:
    if asked.step is not None or asked.quantile is not None:
        raise ConfigError("--step and --quantile are for forecasts; this run tells classes apart.")
    if asked.class_name is None:
        return None
    if asked.class_name not in target.names:
        raise ConfigError(
            f"--class {asked.class_name}: no such class; there are {', '.join(target.names)}."
        )
    return ClassQuestion(target.names.index(asked.class_name))


def _test_rows(context: StageContext, asked: Asked) -> tuple[AskedRow, ...]:
    from shared.explain.asked_rows import rows_of_examples
    from shared.explain.row_choice import choose_by_id, choose_by_rule

    splits = context.splits()
    if asked.ids is not None:
        return rows_of_examples(splits.test, choose_by_id(splits.test, asked.ids))
    record = CalibrationRecord.read(context.run)
    predictions = read_predictions(context.run, "test")
    # A cross-validation predicts the rows of all folds; the first fold's model is explained.
    places = {str(name): place for place, name in enumerate(predictions.ids)}
    of_test = [places[str(name)] for name in splits.test.ids]
    tested = predictions.take(np.array(of_test, dtype=np.int64))
    scores = calibrate(record.calibration, tested.scores)
    settings = context.config
    chosen = choose_by_rule(
        asked.rows,
        splits.test,
        tested.with_scores(scores),
        record.deciding(splits.target),
        count=asked.count or settings.explain.num_examples,
        seed=settings.train.seed,
    )
    return rows_of_examples(splits.test, chosen)


def _new_rows(context: StageContext, input_path: Path) -> tuple[AskedRow, ...]:
    from shared.explain.asked_rows import rows_of_inputs
    from shared.serving.batch.served_model import read_as_trained

    inputs = read_as_trained(context, input_path)
    if not len(inputs.ids):
        raise DataError(f"{input_path}: nothing to explain was found.")
    for sentence in inputs.warnings:
        context.progress.log(sentence)
    return rows_of_inputs(inputs)
