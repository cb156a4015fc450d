"""Predictions of trainings with a mitigation, beside the run that they are compared with.

`python -m pipelines mitigate` trains each in a run directory of its own,
`mitigation/<attribute>/<method>/`, and leaves all their predicted classes in one table of the
run: `mitigation/decisions.parquet`, which the fairness stage reads.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config import RunConfig
from shared.errors import MissingArtefactError
from shared.run.artefacts.calibration_file import CalibrationRecord, read_calibrated_predictions
from shared.run.artefacts.data.record import DataRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.targets import Categories
from shared.targets.decision import decide

__all__ = ["DECISIONS", "TrainedDecisions", "add_decisions", "read_trained_decisions"]

DECISIONS = "mitigation/decisions.parquet"
"""Relative to the run."""

_ADVICE = "Make it again with `mitigate`, or remove it."

_KEYS = ("attribute", "method", "training", "split")
_COLUMNS = (*_KEYS, "id", "predicted")
_ABOUT_GROUPS = frozenset(
    {"mitigation", "mitigated_attribute", "min_mitigated_group_size", "group_dro_step_size"}
)


@dataclass(frozen=True)
class TrainedDecisions:
    """The predicted classes of one training.

    Attributes:
        attribute: Whose gaps it was to close.
        method: As `train.mitigation` names it.
        predicted: Split ("val", "test") -> id -> predicted class.
    """

    attribute: str
    method: str
    predicted: dict[str, pd.Series]

    def of(self, split: str, ids: NDArray[np.str_]) -> NDArray[np.int64]:
        """(n,) predicted classes of these rows.

        Raises:
            MissingArtefactError: The table lacks a row.
        """
        predicted = self.predicted[split]
        rows = predicted.index.get_indexer(pd.Index(ids))
        if (rows < 0).any():
            missing = str(ids[int(np.flatnonzero(rows < 0)[0])])
            raise MissingArtefactError(
                f"{DECISIONS} lacks the {split} row {missing!r} of {self.method!r}. {_ADVICE}"
            )
        return predicted.to_numpy(dtype=np.int64)[rows]


def add_decisions(
    run: RunDirectory,
    config: RunConfig,
    attribute: str,
    trained: Sequence[tuple[str, RunDirectory]],
) -> None:
    """Put the predictions of finished trainings into the run's table.

    They take the place of those of the same attribute and methods.

    Args:
        run: What they are compared with.
        config: Of that run.
        attribute: Whose gaps they were to close.
        trained: Method and run directory of each, with calibrated predictions.

    Raises:
        MissingArtefactError: The table that is there can't be read, or a training lacks its
            predictions.
    """
    target = DataRecord.read(run).target
    if not isinstance(target, Categories):
        return
    before = _read(run)
    methods = [method for method, _ in trained]
    is_replaced = (before["attribute"] == attribute) & before["method"].isin(methods)
    kept = before[~is_replaced]
    tables = [kept] if len(kept) else []
    fingerprint = _training(run, config)
    for method, directory in trained:
        rule = CalibrationRecord.read(directory).decision
        for split in ("val", "test"):
            predictions = read_calibrated_predictions(directory, split)
            columns = {
                "attribute": attribute,
                "method": method,
                "training": fingerprint,
                "split": split,
                "id": predictions.ids,
                "predicted": decide(rule, predictions.scores),
            }
            tables.append(pd.DataFrame(columns))
    table = pd.concat(tables, ignore_index=True)
    run.write_table(DECISIONS, table.sort_values(list(_KEYS), kind="stable"))


def read_trained_decisions(context: StageContext, target: Categories) -> list[TrainedDecisions]:
    """The trainings that differ from this run in nothing but their mitigation.

    Others are left out, and that is said.

    Raises:
        MissingArtefactError: The table is there, but not as `mitigate` writes it.
    """
    run = context.run
    if not run.has(DECISIONS):
        return []
    table = _read(run)
    if not table["predicted"].between(0, len(target.names) - 1).all():
        raise MissingArtefactError(
            f"{run / DECISIONS} predicts classes that this run does not have. {_ADVICE}"
        )
    is_of_this_run = table["training"] == _training(run, context.config)
    others = table[~is_of_this_run]
    for attribute, method in sorted(set(zip(others["attribute"], others["method"], strict=True))):
        context.progress.log(
            f"Left out: the training with {method} by {attribute!r} is of other data or settings"
            f" than this run has now. Train it again: {_command(run, attribute)}"
        )
    return [
        TrainedDecisions(
            attribute=str(attribute),
            method=str(method),
            predicted={
                str(split): rows.set_index("id")["predicted"]
                for split, rows in of_one.groupby("split")
            },
        )
        for (attribute, method), of_one in table[is_of_this_run].groupby(["attribute", "method"])
    ]


def _command(run: RunDirectory, attribute: str) -> str:
    """What trains it, as it is typed into a shell."""
    words = ["python", "-m", "pipelines", "mitigate", str(run.path), "--attribute", attribute]
    return shlex.join(words)


def _training(run: RunDirectory, config: RunConfig) -> str:
    """SHA-256 (hex) of the data and settings of a run's training, but for its mitigation."""
    digest = hashlib.sha256(DataRecord.read(run).fingerprint.encode())
    decisive = (config.data, config.front_end, config.model, config.train, config.calibrate)
    for section in decisive:
        left_out = set(section.only_cost) | (_ABOUT_GROUPS if section is config.train else set())
        digest.update(section.model_dump_json(exclude=left_out).encode() + b"\0")
    return digest.hexdigest()


def _read(run: RunDirectory) -> pd.DataFrame:
    if not run.has(DECISIONS):
        return pd.DataFrame(columns=list(_COLUMNS))
    try:
        table = run.read_table(DECISIONS, maker="mitigate")
        return table[list(_COLUMNS)].astype({"predicted": np.int64})
    except (MissingArtefactError, KeyError, TypeError, ValueError) as error:
        raise MissingArtefactError(
            f"{run / DECISIONS} is not as `mitigate` writes it ({type(error).__name__}). {_ADVICE}"
        ) from error
