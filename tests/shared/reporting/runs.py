"""Run directories as the other stages leave them, made from invented predictions.

Evaluation and fairness are the real stages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.calibration.calibrate import calibrate_stage
from shared.config import EvaluateConfig, RunConfig
from shared.contract import (
    Examples,
    Inputs,
    Perturbation,
    Pipeline,
    Problem,
    Provenance,
    Rows,
    Splits,
)
from shared.contract.behaviours import BehaviourSuite
from shared.datasheet.datasheet import make_datasheet
from shared.evaluation.evaluate import evaluate_stage
from shared.explain.summary import summarise
from shared.fairness.stage import fairness_stage
from shared.loading.record import make_record
from shared.prediction.behaviours import score_behaviours
from shared.run.artefacts.explanations_file import CanvasAxis, Explanations
from shared.run.artefacts.prediction_files import (
    write_baselines,
    write_perturbations,
    write_predictions,
)
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import ForecastContext, Predictions
from tests.shared.evaluation.invented_behaviours import invented_suite
from tests.shared.explain.examples import explained_example

__all__ = ["Invented", "make_run"]

Arrays = dict[str, NDArray[Any]]

_NUM_TEST = 160


@dataclass(frozen=True)
class Invented:
    """What a made-up run is about.

    Attributes:
        target: What is predicted.
        canvas: "words", "signal", "image" or "map".
        synthetic: Whether the data says that it is.
        conditions: As in `Provenance`.
        text: Put into every name that a user chooses, to see whether it is escaped.
        groups: Group attributes and their values.
    """

    target: Target = field(default_factory=lambda: Categories(names=("negative", "positive")))
    canvas: str = "words"
    synthetic: bool = True
    conditions: tuple[str, ...] = ()
    text: str = ""
    groups: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "dialect": ("coastal", "inland", "island"),
            "age": ("18-39", "40+"),
        }
    )


def make_run(folder: Path, invented: Invented | None = None) -> StageContext:
    """Write everything that the report reads into `folder`.

    Returns a context for the report stage.
    """
    invented = invented or Invented()
    folder.mkdir(parents=True)
    run = RunDirectory(folder)
    config = RunConfig(pipeline="invented", preset="smoke", evaluate=EvaluateConfig(resamples=200))
    context = StageContext(_pipeline(invented), config, run, SilentProgress(), _no_splits)
    run.write_text("config.json", config.to_json())
    run.write_json(
        "environment.json",
        {
            "python": "3.11.9",
            "platform": "Linux",
            "packages": {"numpy": "2.4.6"},
            "git_revision": "unknown",
        },
    )
    splits = _splits(invented)
    _write_data(run, splits)
    _write_training(run)
    scores = {
        part: _scores(invented.target, examples, stream)
        for stream, (part, examples) in enumerate(splits.by_split().items())
    }
    for part in ("val", "test"):
        examples = splits.by_split()[part]
        write_predictions(run, part, _predictions(examples, scores[part], distance=1.0))
    write_baselines(run, {})
    _write_perturbations(run, splits.test, scores["test"])
    score_behaviours(
        context, invented.target, lambda: lambda rows: _behaviour_scores(invented.target, rows)
    )
    calibrate_stage(context)
    evaluate_stage(context)
    fairness_stage(context)
    _write_explanations(run, invented)
    _write_serving(run, invented.target)
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


def _splits(invented: Invented) -> Splits:
    provenance = Provenance(
        name=f"Invented examples{invented.text}",
        source="demo" if invented.synthetic else f"/data/invented{invented.text}",
        version="1.0.0",
        licence="CC0-1.0",
        citation=f"Nobody et al. 2024{invented.text}",
        checksum="0f" * 32,
        synthetic=invented.synthetic,
        conditions=tuple(f"{name}{invented.text}" for name in invented.conditions),
        notes=(f"Age is an estimate{invented.text}.",),
    )
    sizes = {"train": 320, "val": 80, "test": _NUM_TEST}
    train, val, test = (_examples(invented, part, size) for part, size in sizes.items())
    quarantine = (Problem(file="reviews.csv", row=17, field="text", reason="empty"),)
    return Splits(
        train,
        val,
        test,
        target=invented.target,
        provenance=provenance,
        quarantine=quarantine,
    )


def _examples(invented: Invented, part: str, num_rows: int) -> Examples:
    generator = np.random.default_rng([num_rows, 5])
    ids = np.array([f"{part}-{row:04d}{invented.text}" for row in range(num_rows)])
    entities = np.array([f"{part}-entity-{row // 2}" for row in range(num_rows)])
    groups = pd.DataFrame(
        {
            f"{attribute}{invented.text}": (
                generator.choice([f"{value}{invented.text}" for value in values], num_rows).astype(
                    object
                )
            )
            for attribute, values in invented.groups.items()
        },
        index=range(num_rows),
    )
    target = invented.target
    if isinstance(target, Categories):
        targets: NDArray[Any] = generator.integers(0, len(target.names), num_rows)
        return Examples(ids, entities, targets, groups, lambda rows: {"text": ids[rows]})
    context = _forecast_context(target, num_rows)
    noise = generator.normal(size=(num_rows, target.steps, len(target.channels)))
    targets = (10.0 + context.recent[:, -1:] + noise).astype(np.float32)
    return Examples(ids, entities, targets, groups, _unused, forecast=context)


def _forecast_context(target: Horizon, num_rows: int) -> ForecastContext:
    generator = np.random.default_rng([num_rows, 6])
    shape = (num_rows, len(target.channels))
    starts = np.datetime64("2024-01-01T00:00:00", "s") + (
        np.arange(num_rows) * target.step_seconds
    ).astype("timedelta64[s]")
    recent = generator.normal(10.0, 3.0, size=(num_rows, target.season_steps, shape[1])).astype(
        np.float32
    )
    ones = np.ones(shape, np.float32)
    return ForecastContext(starts, recent, 10 * ones, 3 * ones, 2 * ones, 4 * ones)


def _scores(target: Target, examples: Examples, stream: int) -> NDArray[np.float32]:
    generator = np.random.default_rng([stream, 7])
    if isinstance(target, Categories):
        truth = np.eye(len(target.names))[examples.targets]
        return np.asarray(1.6 * truth + generator.normal(size=truth.shape), dtype=np.float32)
    growth = np.linspace(0.2, 1.2, target.steps)[None, :, None]
    mean = examples.targets + growth * generator.normal(size=examples.targets.shape)
    spread = [mean + growth * offset for offset in np.linspace(-1.3, 1.3, len(target.quantiles))]
    return np.asarray(np.stack([mean, *spread], axis=-1), dtype=np.float32)


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


def _write_training(run: RunDirectory) -> None:
    epochs = np.arange(1, 9)
    history = pd.DataFrame(
        {"epoch": epochs, "loss": 0.7 / epochs**0.6, "val_loss": 0.72 / epochs**0.4 + 0.01 * epochs}
    )
    run.write_text("history.csv", history.to_csv(index=False))
    run.write_json(
        "train.json",
        {
            "seconds": 41.2,
            "fit_seconds": 38.9,
            "device_seconds": 38.9,
            "epochs": 8,
            "best_epoch": int(history["val_loss"].argmin()) + 1,
            "num_examples": 320,
            "num_parameters": 123_456,
            "examples_per_second": 2210.5,
            "wait_share": 0.034,
            "peak_host_memory_mib": _estimate(812.4, 812.4, None, "MiB"),
            "peak_device_memory_mib": None,
            "energy_kwh": _estimate(0.00021, 0.00006, 0.00081, "kWh"),
            "co2e_grams": _estimate(0.1, 0.0059, 0.58, "g CO2e"),
            "flops_per_example": _estimate(658486, 658486, 658486, "FLOPs"),
            "training_flops": _estimate(5.1e9, 3.4e9, 6.7e9, "FLOPs"),
            "strategy": "auto",
            "num_replicas": 1,
            "devices": ["/device:CPU:0"],
        },
    )


def _estimate(value: float, low: float, high: float | None, unit: str) -> dict[str, Any]:
    return {
        "value": value,
        "low": low,
        "high": high,
        "unit": unit,
        "method": f"found by a method of {unit}",
    }


def _write_perturbations(run: RunDirectory, test: Examples, scores: NDArray[np.float32]) -> None:
    generator = np.random.default_rng(8)
    perturbed = {}
    for name, severity in (
        ("noise", 1),
        ("noise", 2),
        ("noise", 3),
        ("swap_names", 1),
        ("recipe", 1),
    ):
        changed = scores + generator.normal(size=scores.shape).astype(np.float32) * (
            0.6 * severity if name == "noise" else 0.15
        )
        distance = {"noise": 1.0 + 0.3 * severity, "recipe": 4.0}.get(name, 1.1)
        perturbed[name, severity] = _predictions(
            test, changed.astype(np.float32), distance=distance
        )
    write_perturbations(run, perturbed)


def _predictions(
    examples: Examples, scores: NDArray[np.float32], *, distance: float
) -> Predictions:
    distances = (
        distance
        * np.random.default_rng([len(scores), int(10 * distance)]).chisquare(20, len(scores))
        / 20
    )
    return Predictions(
        examples.ids,
        examples.entities,
        examples.targets,
        scores,
        examples.forecast,
        distances.astype(np.float32),
    )


def _behaviour_scores(target: Target, rows: Rows) -> NDArray[np.float32]:
    return (
        np.random.default_rng(11).normal(size=(len(rows["row"]), *target.shape)).astype(np.float32)
    )


def _write_explanations(run: RunDirectory, invented: Invented) -> None:
    arrays = _arrays(invented)
    total = float(arrays["values"].sum())
    names = invented.target.names if isinstance(invented.target, Categories) else ()
    example = explained_example(
        id=f"test-0003{invented.text}",
        predicted=names[0] if names else 12.5,
        target=names[1] if names else 11.9,
        score=total + 0.3,
        num_segments=len(arrays["values"]),
        additivity_error_relative=2e-16,
        localisation=0.71,
        localisation_expected=0.2,
        localisation_gain=0.51,
        pointing_hit=True,
        pointing_expected=0.25,
    )
    examples = []
    for position in range(3):
        file = f"explanations/{position}.npz"
        right = position > 0 if names else None
        examples.append(example.model_copy(update={"file": file, "right": right}))
        (run / file).parent.mkdir(exist_ok=True)
        np.savez_compressed(run / file, **arrays)  # type: ignore[arg-type]
    axes = {
        "words": [("word", "")],
        "signal": [("time", "s")],
        "drawing": [("row", "px"), ("column", "px")],
    }.get(invented.canvas, [("frequency", "Hz"), ("time", "s")])
    Explanations(
        method="Shapley values over segments",
        max_evaluations=300,
        axes=tuple(CanvasAxis(name=name, unit=unit) for name, unit in axes),
        examples=tuple(examples),
        summary=summarise(examples, confidence=0.95),
    ).write(run)


def _arrays(invented: Invented) -> Arrays:
    generator = np.random.default_rng(9)
    match invented.canvas:
        case "words":
            words = f"the plot is thin but{invented.text} the acting is a quiet wonder".split(" ")
            ground_truth = np.array([float(word == "wonder") for word in words], np.float32)
            spans = np.stack([np.arange(len(words)), np.arange(len(words)) + 1.0], axis=-1)[
                :, None, :
            ]
            return _one(
                generator,
                words,
                spans,
                np.array([[0.0, len(words)]]),
                np.array(words),
                ground_truth,
            )
        case "signal":
            edges = np.linspace(0, 800, 9)
            names = [f"stretch {index}{invented.text}" for index in range(8)]
            spans = np.stack([edges[:-1], edges[1:]], axis=-1)[:, None, :]
            ground_truth = (np.arange(800) // 100 == 3).astype(np.float32)
            signal = np.sin(np.arange(800) / 9).astype(np.float32)
            return _one(generator, names, spans, np.array([[0.0, 0.8]]), signal, ground_truth)
        case "drawing":
            ramp = np.linspace(0, 255, 64).astype(np.uint8)
            canvas: NDArray[Any] = np.stack(
                [
                    np.tile(ramp, (64, 1)),
                    np.tile(ramp[:, None], (1, 64)),
                    np.full((64, 64), 120, np.uint8),
                ],
                axis=-1,
            )
            return _tiled(
                generator, canvas, (8, 8), np.array([[0.0, 64.0], [0.0, 64.0]]), invented.text
            )
        case _:
            canvas = np.add.outer(np.linspace(0, 1, 40), np.sin(np.arange(100) / 8)).astype(
                np.float32
            )
            return _tiled(
                generator, canvas, (4, 10), np.array([[0.0, 4000.0], [0.0, 1.0]]), invented.text
            )


def _tiled(
    generator: np.random.Generator,
    canvas: NDArray[Any],
    grid: tuple[int, int],
    extent: NDArray[np.float64],
    text: str,
) -> Arrays:
    edges = [
        np.linspace(0, size, number + 1)
        for size, number in zip(canvas.shape[:2], grid, strict=True)
    ]
    spans = np.array(
        [[edges[0][r : r + 2], edges[1][c : c + 2]] for r in range(grid[0]) for c in range(grid[1])]
    )
    names = [f"row {r}, column {c}{text}" for r in range(grid[0]) for c in range(grid[1])]
    ground_truth = np.zeros(canvas.shape[:2], np.float32)
    ground_truth[
        canvas.shape[0] // 4 : canvas.shape[0] // 2, canvas.shape[1] // 3 : canvas.shape[1] // 2
    ] = 1.0
    return _one(generator, names, spans, extent, canvas, ground_truth)


def _one(
    generator: np.random.Generator,
    names: list[str],
    spans: NDArray[np.float64],
    extent: NDArray[np.float64],
    canvas: NDArray[Any],
    ground_truth: NDArray[np.float32],
) -> Arrays:
    values = generator.normal(size=len(names)) ** 3
    return {
        "values": values,
        "names": np.array(names),
        "spans": spans,
        "extent": extent,
        "canvas": canvas,
        "ground_truth": ground_truth,
    }


def _write_serving(run: RunDirectory, target: Target) -> None:
    passed = {"max_abs_difference": 2.4e-7, "tolerance": 1e-4, "passed": True}
    name = "probabilities" if isinstance(target, Categories) else "forecast"
    output = {
        "name": name,
        "dtype": "float32",
        "shape": [None, 2],
        "meaning": "what the model answers",
        "unit": "share",
    }
    wire = {
        "name": "text",
        "dtype": "string",
        "shape": [None],
        "meaning": "UTF-8 text, one for each row",
        "unit": None,
    }
    run.write_json(
        "signature.json",
        {
            "model": "invented",
            "version": 1,
            "weights_sha256": "cd" * 32,
            "target": target.model_dump(mode="json"),
            "classes": list(target.names) if isinstance(target, Categories) else None,
            "signatures": {"serving_default": {"inputs": [wire], "outputs": [output]}},
            "example": {
                "method": "POST",
                "path": "/v1/models/invented:predict",
                "body": {"instances": [{"text": "fine"}]},
            },
        },
    )
    outputs = {name: passed, "class_index": {"num_clear": 31, "num_different": 0, "passed": True}}
    run.write_json(
        "parity.json",
        {
            "num_examples": 32,
            "batch_sizes": [1, 7, 32],
            "relative_tolerance": 1e-4,
            "deterministic": True,
            "finite": True,
            "outputs": outputs,
            "passed": True,
            "parts": ["val", "test"],
            "operations": ["MatMul", "Softmax"],
            "offending_operations": {},
        },
    )
