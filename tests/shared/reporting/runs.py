"""Run directories as the other stages leave them, made from invented predictions.

Calibration, evaluation and fairness are the real stages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.calibration.calibrate import calibrate_stage
from shared.config import EvaluateConfig, RunConfig
from shared.contract import Examples, Inputs, Perturbation, Pipeline, Rows, Splits
from shared.contract.behaviours import BehaviourSuite
from shared.datasheet.datasheet import make_datasheet
from shared.evaluation.evaluate import evaluate_stage
from shared.fairness.stage import fairness_stage
from shared.loading.record import make_record
from shared.prediction.behaviours import score_behaviours
from shared.run.artefacts.prediction_files import (
    write_baselines,
    write_perturbations,
    write_predictions,
)
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG
from shared.run.progress import SilentProgress
from shared.targets import Categories, Target
from tests.shared.evaluation.invented_behaviours import invented_suite
from tests.shared.reporting.invented_explanations import write_explanations
from tests.shared.reporting.invented_gallery import write_gallery
from tests.shared.reporting.invented_records import (
    ENVIRONMENT,
    HISTORY,
    TRAIN,
    invented_parity,
    invented_signature,
)
from tests.shared.reporting.invented_splits import (
    Invented,
    invented_predictions,
    invented_scores,
    invented_splits,
)
from tests.shared.run.artefacts.blend_records import blend_record

__all__ = ["Invented", "make_run"]

_CHANGED = (("noise", 1), ("noise", 2), ("noise", 3), ("swap_names", 1), ("recipe", 1))
"""Perturbations and their severities."""


def make_run(folder: Path, invented: Invented | None = None) -> StageContext:
    """Write everything that the report reads into `folder`.

    Returns a context for the report stage.
    """
    invented = invented or Invented()
    folder.mkdir(parents=True)
    run = RunDirectory(folder)
    config = RunConfig(pipeline="invented", preset="smoke", evaluate=EvaluateConfig(resamples=200))
    context = StageContext(_pipeline(invented), config, run, SilentProgress(), _no_splits)
    run.write_text(CONFIG, config.to_json())
    ENVIRONMENT.write(run)
    splits = invented_splits(invented)
    _write_data(run, splits)
    TRAIN.write(run)
    run.write_text("history.csv", pd.DataFrame(HISTORY).to_csv(index=False))
    _predict(context, splits, invented.target)
    calibrate_stage(context)
    evaluate_stage(context)
    fairness_stage(context)
    write_explanations(run, invented.target, canvas=invented.canvas, text=invented.text)
    groups = {str(name): str(splits.test.groups[name].iloc[0]) for name in splits.test.groups}
    write_gallery(run, invented.target, groups, invented.text)
    invented_signature(invented.target).write(run)
    invented_parity(invented.target).write(run)
    return context


def _no_splits() -> Splits:
    raise AssertionError("the report must not load data")


def _unused(*_: Any) -> Any:
    raise AssertionError("the report must not call this")


def _pipeline(invented: Invented) -> Pipeline:
    perturbations = {
        "noise": Perturbation("corruption", "white noise is added", (1, 2, 3), _unused),
        "swap_names": Perturbation(
            "counterfactual", "names are replaced by names of another group", (1,), _unused
        ),
        "recipe": Perturbation(
            "ood", f"a recipe instead of a review{invented.text}", (1,), _unused
        ),
    }
    unused: dict[str, Any] = dict.fromkeys(
        ("load", "synthesize", "decode", "preprocess", "model", "segments"), _unused
    )
    return Pipeline(
        name="invented",
        title="Invented pipeline",
        config_type=RunConfig,
        read_inputs=lambda *_: Inputs(np.array([], dtype=np.str_), _unused),
        perturbations=lambda _: perturbations,
        behaviours=lambda _, target: (
            invented_suite(target, invented.text)
            if isinstance(target, Categories)
            else BehaviourSuite()
        ),
        **unused,
    )


def _write_data(run: RunDirectory, splits: Splits) -> None:
    for name, examples in splits.by_split().items():
        table = pd.DataFrame(
            {"id": examples.ids.astype(object), "entity": examples.entities.astype(object)}
        )
        table["target"] = (
            examples.targets if examples.forecast is None else examples.forecast.starts
        )
        run.write_table(
            f"splits/{name}.parquet",
            pd.concat([table, examples.groups.add_prefix("group:")], axis=1),
        )
    record = make_record(splits, make_datasheet(splits))
    record.model_copy(update={"fingerprint": "ab" * 32}).write(run)


def _predict(context: StageContext, splits: Splits, target: Target) -> None:
    """Everything that the predict stage writes but for the network's features."""
    run = context.run
    scores = {
        split: invented_scores(target, examples, stream)
        for stream, (split, examples) in enumerate(splits.by_split().items())
    }
    for split in ("val", "test"):
        examples = splits.by_split()[split]
        predictions = invented_predictions(examples, scores[split], distance=1.0)
        write_predictions(run, split, predictions)
    of_network = invented_predictions(splits.test, scores["test"], distance=1.0)
    write_predictions(run, "network", of_network)
    of_floor = of_network.with_scores((0.9 * scores["test"]).astype(scores["test"].dtype))
    write_baselines(run, {"linear": of_floor})
    blend_record(floor="linear").write(run)
    _write_perturbations(run, splits.test, scores["test"])
    score_behaviours(context, target, lambda: lambda rows: _behaviour_scores(target, rows))


def _write_perturbations(run: RunDirectory, test: Examples, scores: NDArray[np.float32]) -> None:
    generator = np.random.default_rng(8)
    perturbed = {}
    for name, severity in _CHANGED:
        noise = generator.normal(size=scores.shape).astype(np.float32)
        changed = scores + noise * (0.6 * severity if name == "noise" else 0.15)
        distance = {"noise": 1.0 + 0.3 * severity, "recipe": 4.0}.get(name, 1.1)
        perturbed[name, severity] = invented_predictions(
            test, changed.astype(np.float32), distance=distance
        )
    write_perturbations(run, perturbed)


def _behaviour_scores(target: Target, rows: Rows) -> NDArray[np.float32]:
    return (
        np.random.default_rng(11).normal(size=(len(rows["row"]), *target.shape)).astype(np.float32)
    )
