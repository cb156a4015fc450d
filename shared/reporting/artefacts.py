"""Everything the report reads, from one run directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import Purpose
from shared.errors import MissingArtefactError
from shared.reporting.answered_rows import AnsweredRows, read_answered_rows
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.data.synthetic import SyntheticRecord
from shared.run.artefacts.environment_file import EnvironmentRecord
from shared.run.artefacts.explanations.record import Explanations
from shared.run.artefacts.fairness.record import FairnessRecord
from shared.run.artefacts.gallery_file import Gallery
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.parity_file import ParityRecord
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.artefacts.train_file import TrainRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import HISTORY, SYNTHETIC
from shared.targets import Target
from shared.verdicts.findings import Findings

__all__ = ["SPLITS", "Artefacts", "read_artefacts"]

SPLITS = ("train", "val", "test")
"""The order in which splits are listed."""


@dataclass(frozen=True)
class Artefacts(Findings):
    """A run's files, parsed: what verdicts rest on, and what else is shown.

    Attributes:
        purpose: What the pipeline is for.
        environment: `environment.json`.
        history: `history.csv`, one row per epoch.
        train: `train.json`.
        explanation_arrays: One dictionary of arrays per example of `explanations`, in its order.
        gallery: `gallery.json`.
        gallery_files: File of the gallery, as its items name it -> its bytes.
        synthetic: `synthetic.json`; None where nothing was made for training.
        synthetic_files: File of a made row that is shown -> its bytes.
        signature: `signature.json`.
        tested: The test rows, as the deployed model answers.
    """

    purpose: Purpose
    environment: EnvironmentRecord
    history: pd.DataFrame
    train: TrainRecord
    explanation_arrays: tuple[dict[str, NDArray[Any]], ...]
    gallery: Gallery
    gallery_files: dict[str, bytes]
    synthetic: SyntheticRecord | None
    synthetic_files: dict[str, bytes]
    signature: SignatureRecord
    tested: AnsweredRows


def read_artefacts(context: StageContext) -> Artefacts:
    """Read all that the report needs.

    Raises:
        MissingArtefactError: A file is missing, can't be parsed, or is not as its maker writes it
            today; the message names the stage that makes it.
    """
    run = context.run
    data = DataRecord.read(run)
    explanations = Explanations.read(run)
    arrays = _read_arrays(run, explanations)
    gallery = Gallery.read(run)
    environment = EnvironmentRecord.read(run)
    history = pd.read_csv(run.require(HISTORY))
    metrics = _read_metrics(run, data.target)
    files = _read_files(run, [item.file for item in gallery.items])
    return Artefacts(
        settings=context.config,
        purpose=context.pipeline.purpose,
        environment=environment,
        data=data,
        history=history,
        train=TrainRecord.read(run),
        metrics=metrics,
        fairness=FairnessRecord.read(run),
        explanations=explanations,
        explanation_arrays=arrays,
        gallery=gallery,
        gallery_files=files,
        **_read_synthetic(run),
        signature=SignatureRecord.read(run),
        parity=ParityRecord.read(run),
        tested=read_answered_rows(run),
    )


def _read_metrics(run: RunDirectory, target: Target) -> Metrics:
    """With all metrics of today: one that was added since is no change of the file's form."""
    metrics = Metrics.read(run)
    lacking = [name for name in target.describe() if name not in metrics.metrics]
    if lacking:
        raise MissingArtefactError(
            f"{run / Metrics.file} lacks {', '.join(map(repr, lacking))}: an older version made it."
            f" Make it again with {run.rerun_command('evaluate')}"
        )
    return metrics


def _read_synthetic(run: RunDirectory) -> dict[str, Any]:
    """Both attributes of rows that were made for training."""
    record = SyntheticRecord.read(run) if run.has(SYNTHETIC) else None
    made = [row.file for row in record.shown] if record else []
    return {"synthetic": record, "synthetic_files": _read_files(run, made)}


def _read_files(run: RunDirectory, files: list[str]) -> dict[str, bytes]:
    return {file: run.require_file(file).read_bytes() for file in files if file}


def _read_arrays(
    run: RunDirectory, explanations: Explanations
) -> tuple[dict[str, NDArray[Any]], ...]:
    read = []
    for example in explanations.examples:
        with np.load(run.require(example.file), allow_pickle=False) as arrays:
            read.append({key: arrays[key] for key in arrays.files})
    return tuple(read)
