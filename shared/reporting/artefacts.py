"""Everything the report reads, from one run directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import TypeAdapter

from shared.run_dir import RunDirectory
from shared.targets import Target

__all__ = ["Artefacts", "read_artefacts"]


@dataclass(frozen=True)
class Artefacts:
    """A run's files, parsed.

    Attributes:
        target: What was predicted.
        history: `history.csv`, one row per epoch.
        explanation_arrays: One dictionary of arrays per example of `explanations`, in its order.
        config, environment, data, train, metrics, fairness, explanations, signature, parity: The JSON files of these names.
    """

    target: Target
    config: dict[str, Any]
    environment: dict[str, Any]
    data: dict[str, Any]
    history: pd.DataFrame
    train: dict[str, Any]
    metrics: dict[str, Any]
    fairness: dict[str, Any]
    explanations: dict[str, Any]
    explanation_arrays: tuple[dict[str, NDArray[Any]], ...]
    signature: dict[str, Any]
    parity: dict[str, Any]


def read_artefacts(run: RunDirectory) -> Artefacts:
    """Read all that the report needs.

    Raises:
        MissingArtefactError: A file is missing or can't be parsed; the message names the stage that makes it.
    """
    data = run.read_json("data.json", maker="data")
    explanations = run.read_json("explanations.json", maker="explain")
    target: Target = TypeAdapter(Target).validate_python(data["target"])
    return Artefacts(
        target=target,
        config=run.read_json("config.json", maker="resolve"),
        environment=run.read_json("environment.json", maker="resolve"),
        data=data,
        history=pd.read_csv(run.require("history.csv", maker="train")),
        train=run.read_json("train.json", maker="train"),
        metrics=run.read_json("metrics.json", maker="evaluate"),
        fairness=run.read_json("fairness.json", maker="fairness"),
        explanations=explanations,
        explanation_arrays=tuple(_read_arrays(run, example["file"]) for example in explanations["examples"]),
        signature=run.read_json("signature.json", maker="export"),
        parity=run.read_json("parity.json", maker="export"),
    )


def _read_arrays(run: RunDirectory, name: str) -> dict[str, NDArray[Any]]:
    with np.load(run.require(name, maker="explain"), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}
