"""What trainings with a mitigation decide, beside the run that they are compared with.

`python -m pipelines mitigate` trains each in a run directory of its own,
`mitigation/<attribute>/<method>/`, and leaves all their decisions in one table of the run:
`mitigation/decisions.parquet`, which the fairness stage reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.config import RunConfig
from shared.errors import MissingArtefactError
from shared.run.artefacts.calibration_file import read_calibrated_predictions
from shared.run.artefacts.recorded_data import read_recorded_data
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.targets import Categories

__all__ = ["DECISIONS", "TrainedMitigation", "add_decisions", "read_trained_mitigations"]

DECISIONS = "mitigation/decisions.parquet"
"""Relative to the run."""

_ADVICE = "Make it again with `python -m pipelines mitigate`, or remove it."

_COLUMNS = ("attribute", "method", "training", "part", "id", "decided")
_ABOUT_GROUPS = frozenset(
    {"mitigation", "mitigated_attribute", "min_mitigated_group_size", "group_dro_step_size"}
)


@dataclass(frozen=True)
class TrainedMitigation:
    """The decisions of one training.

    Attributes:
        attribute: Whose gaps it was to close.
        method: As `train.mitigation` names it.
        decided: Part ("val", "test") -> id -> decided class.
    """

    attribute: str
    method: str
    decided: dict[str, pd.Series]

    def of(self, part: str, ids: NDArray[np.str_]) -> NDArray[np.int64]:
        """(n,) decided classes of these rows.

        Raises:
            MissingArtefactError: A row was not decided.
        """
        rows = self.decided[part].index.get_indexer(pd.Index(ids))
        if (rows < 0).any():
            raise MissingArtefactError(
                f"{DECISIONS} lacks the {part} row {str(ids[int(np.flatnonzero(rows < 0)[0])])!r}"
                f" of {self.method!r}. {_ADVICE}"
            )
        return self.decided[part].to_numpy(dtype=np.int64)[rows]


def add_decisions(
    run: RunDirectory,
    config: RunConfig,
    attribute: str,
    trained: Sequence[tuple[str, RunDirectory]],
) -> None:
    """Put the decisions of finished trainings into the run's table, in place of what it said of the same attribute and methods.

    Args:
        run: What they are compared with.
        config: Of that run.
        attribute: Whose gaps they were to close.
        trained: Method and run directory of each, with calibrated predictions.

    Raises:
        MissingArtefactError: The table that is there can't be read, or a training lacks its
            predictions.
    """
    target = read_recorded_data(run).target
    if not isinstance(target, Categories):
        return
    kept = _read(run)
    kept = kept[
        ~((kept["attribute"] == attribute) & kept["method"].isin([method for method, _ in trained]))
    ]
    tables = [kept] if len(kept) else []
    for method, directory in trained:
        for part in ("val", "test"):
            predictions = read_calibrated_predictions(directory, part)
            decided = {
                "part": part,
                "id": predictions.ids,
                "decided": target.decide(predictions.scores),
            }
            tables.append(
                pd.DataFrame(
                    {
                        "attribute": attribute,
                        "method": method,
                        "training": _training(run, config),
                        **decided,
                    }
                )
            )
    run.write_table(
        DECISIONS,
        pd.concat(tables, ignore_index=True).sort_values(list(_COLUMNS[:4]), kind="stable"),
    )


def read_trained_mitigations(context: StageContext, target: Categories) -> list[TrainedMitigation]:
    """The trainings that differ from this run in nothing but their mitigation.

    Others are left out, and that is said.

    Raises:
        MissingArtefactError: The table is there, but not as `mitigate` writes it.
    """
    run = context.run
    if not run.has(DECISIONS):
        return []
    table = _read(run)
    if not table["decided"].between(0, len(target.names) - 1).all():
        raise MissingArtefactError(
            f"{run / DECISIONS} decides for classes that this run does not have. {_ADVICE}"
        )
    of_this_run = table["training"] == _training(run, context.config)
    for attribute, method in sorted(
        set(zip(table["attribute"][~of_this_run], table["method"][~of_this_run], strict=True))
    ):
        context.progress.log(
            f"Left out: the training with {method} by {attribute!r} is of other data or settings"
            f" than this run has now. Train it again: python -m pipelines mitigate {run.path}"
            f" --attribute {attribute}"
        )
    return [
        TrainedMitigation(
            str(attribute),
            str(method),
            {str(part): rows.set_index("id")["decided"] for part, rows in of_one.groupby("part")},
        )
        for (attribute, method), of_one in table[of_this_run].groupby(["attribute", "method"])
    ]


def _training(run: RunDirectory, config: RunConfig) -> str:
    """What decides the training and the calibration of a run, but for its mitigation, as SHA-256 (hex)."""
    digest = hashlib.sha256(
        str(run.read_json("data.json", maker="data").get("fingerprint")).encode()
    )
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
        return table[list(_COLUMNS)].astype({"decided": np.int64})
    except (MissingArtefactError, KeyError, TypeError, ValueError) as error:
        raise MissingArtefactError(
            f"{run / DECISIONS} is not as `mitigate` writes it ({type(error).__name__}). {_ADVICE}"
        ) from error
