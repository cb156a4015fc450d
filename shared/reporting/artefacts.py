"""Everything the report reads, from one run directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import TypeAdapter

from shared.config import RunConfig
from shared.errors import MissingArtefactError
from shared.run.artefacts.explanations_file import Explanations
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.targets import Target

__all__ = ["SPLITS", "Artefacts", "read_artefacts"]

SPLITS = ("train", "val", "test")
"""The order in which splits are listed."""


@dataclass(frozen=True)
class Artefacts:
    """A run's files, parsed.

    Attributes:
        settings: The configuration, with the descriptions and defaults of its type.
        target: What was predicted.
        history: `history.csv`, one row per epoch.
        explanation_arrays: One dictionary of arrays per example of `explanations`, in its order.
        explanations: `explanations.json`.
        config, environment, data, train, metrics, fairness, signature, parity: The JSON files of
            these names.
    """

    settings: RunConfig
    target: Target
    config: dict[str, Any]
    environment: dict[str, Any]
    data: dict[str, Any]
    history: pd.DataFrame
    train: dict[str, Any]
    metrics: dict[str, Any]
    fairness: dict[str, Any]
    explanations: Explanations
    explanation_arrays: tuple[dict[str, NDArray[Any]], ...]
    signature: dict[str, Any]
    parity: dict[str, Any]


_KEYS: dict[str, tuple[str, ...]] = {
    "config.json": ("preset", "data", "train"),
    "environment.json": (),
    "data.json": ("target", "provenance", "splits", "groups", "quarantine"),
    "train.json": (
        "seconds",
        "epochs",
        "best_epoch",
        "num_parameters",
        "examples_per_second",
        "devices",
    ),
    "fairness.json": (
        "attributes",
        "families",
        "intersections",
        "intersection_family",
        "metric",
        "metrics",
        "margin",
        "notes",
    ),
    "signature.json": ("model", "version", "weights_sha256", "signatures"),
    "parity.json": (
        "passed",
        "outputs",
        "num_examples",
        "batch_sizes",
        "deterministic",
        "operations",
    ),
}
"""What each file must hold at its top; a run made by an older version may lack some."""


def read_artefacts(context: StageContext) -> Artefacts:
    """Read all that the report needs.

    Raises:
        MissingArtefactError: A file is missing, can't be parsed, or lacks what its maker writes
            today; the message names the stage that makes it.
    """
    run = context.run
    data = _read(run, "data.json", maker="data")
    explanations = Explanations.read(run)
    arrays = [_read_arrays(run, example.file) for example in explanations.examples]
    history = pd.read_csv(run.require("history.csv", maker="train"))
    # The view as JSON lasts until the sections read attributes.
    metrics = Metrics.read(run).model_dump(mode="json")
    target: Target = TypeAdapter(Target).validate_python(data["target"])
    _require_keys(run, "metrics.json", metrics["metrics"], target.describe(), maker="evaluate")
    train = _read(run, "train.json", maker="train")
    fairness = _read(run, "fairness.json", maker="fairness")
    return Artefacts(
        settings=context.config,
        target=target,
        config=_read(run, "config.json", maker="resolve"),
        environment=_read(run, "environment.json", maker="resolve"),
        data=data,
        history=history,
        train=train,
        metrics=metrics,
        fairness=fairness,
        explanations=explanations,
        explanation_arrays=tuple(arrays),
        signature=_read(run, "signature.json", maker="export"),
        parity=_read(run, "parity.json", maker="export"),
    )


def _read(run: RunDirectory, name: str, *, maker: str) -> dict[str, Any]:
    content: dict[str, Any] = run.read_json(name, maker=maker)
    _require_keys(run, name, content, _KEYS[name], maker=maker)
    return content


def _require_keys(
    run: RunDirectory, name: str, content: Mapping[str, Any], keys: Iterable[str], *, maker: str
) -> None:
    lacking = [key for key in keys if key not in content]
    if lacking:
        raise MissingArtefactError(
            f"{run / name} lacks {', '.join(map(repr, lacking))}: an older version made it. "
            f"Make it again with --stages {maker} --run-dir {run.path}."
        )


def _read_arrays(run: RunDirectory, name: str) -> dict[str, NDArray[Any]]:
    with np.load(run.require(name, maker="explain"), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}
