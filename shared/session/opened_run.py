"""A finished run, opened for questions: its tables as DataFrames, new files, single rows."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd

from shared.errors import ContractError, UserError
from shared.run.artefacts.fairness.table import COLUMNS as GROUP_COLUMNS
from shared.run.artefacts.report.record import ReportRecord
from shared.run.files import FAIRNESS_TABLE, METRICS_TABLE
from shared.run.progress import SilentProgress
from shared.session.prediction_table import prediction_table

if TYPE_CHECKING:
    from shared.config import RunConfig
    from shared.contract import Pipeline, Splits
    from shared.run.context import StageContext
    from shared.run.directory import RunDirectory
    from shared.session.explanation import Explanation

__all__ = ["OpenedRun"]


@dataclass(frozen=True)
class OpenedRun:
    """A finished run; as the last line of a cell it shows its brief.

    Nothing is computed until it is asked for, and only `predict` and `explain` need TensorFlow.

    Attributes:
        directory: Of the run.
        pipeline: Its domain.
        configure: Assignments (`section.key=value`) -> the run's configuration with them.
    """

    directory: RunDirectory
    pipeline: Pipeline
    configure: Callable[[Sequence[str]], RunConfig]

    def __repr__(self) -> str:
        return f"<run of {self.pipeline.name} in {self.path}>"

    @property
    def path(self) -> Path:
        """Where it lives."""
        return self.directory.path

    @property
    def metrics(self) -> pd.DataFrame:
        """One row a split and metric, as `metrics.parquet` has it.

        split ("test", "val"), metric, value, ci_low and ci_high (95 %, test only), n, unit,
        baseline (the best one's value, test only). NaN where there is no number.

        Raises:
            MissingArtefactError: The run has no evaluation.
        """
        return pd.read_parquet(self.directory.require(METRICS_TABLE, maker="evaluate"))

    @property
    def groups(self) -> pd.DataFrame:
        """One row a number by group, as `fairness.parquet` has it; `group_columns` says what.

        Raises:
            MissingArtefactError: The run has no fairness tables.
        """
        return pd.read_parquet(self.directory.require(FAIRNESS_TABLE, maker="fairness"))

    @property
    def group_columns(self) -> Mapping[str, str]:
        """Column of `groups` -> its meaning."""
        return {name: column.meaning for name, column in GROUP_COLUMNS.items()}

    def predictions(self, split: str = "test") -> pd.DataFrame:
        """What the run answered on its own data; `prediction_table` describes the columns.

        Args:
            split: "test" or "val".

        Raises:
            UserError: There is no such split, or the run has no predictions.
        """
        if split not in ("test", "val"):
            raise UserError(f"There are predictions of 'test' and 'val', not of {split!r}.")
        return prediction_table(self.directory, split)

    def predict(self, files: str | Path | pd.DataFrame, **settings: Any) -> pd.DataFrame:
        """Score what the run never saw: one row an input, as `python -m pipelines predict` writes.

        Args:
            files: A file, folder or table of raw inputs, as for the command; or a table in memory.
            settings: How inputs are read, as in `pipelines.run`: `data={"encoding": "cp1252"}`.

        Returns:
            id, decision or forecasts, probabilities, flags, error; the table at the top of
            `shared/serving/batch/score_table.py` lists the columns.

        Raises:
            UserError: As the command.
        """
        from shared.loading.tensorflow_startup import start_tensorflow
        from shared.session.assignments import as_assignments, refuse_late_settings

        assignments = as_assignments(settings)
        refuse_late_settings(assignments, allowed=("data",))
        start_tensorflow()  # quietly, before a module does it aloud
        from shared.serving.batch.scoring import score_inputs

        with TemporaryDirectory() as folder:
            source = _as_file(files, Path(folder))
            output = Path(folder) / "predictions.parquet"
            score_inputs(self._context(assignments), source, output)
            return pd.read_parquet(output)

    def explain(
        self,
        row: str | Path | Sequence[str],
        *,
        class_name: str | None = None,
        step: int | None = None,
        quantile: float | None = None,
        **settings: Any,
    ) -> Explanation:
        """Why the run answers as it does, as `python -m pipelines explain` says it.

        Args:
            row: Id of a test row, or several; or the `Path` of new files.
            class_name: Explain this class, not the decided one.
            step: Explain this step of a forecast, from 1, not the mean of all.
            quantile: Explain this quantile of a forecast, such as 0.9, not the expected value.
            settings: Of the sections `explain` and `data`, as in `pipelines.run`.

        Raises:
            UserError: As the command.
        """
        from shared.session.assignments import as_assignments, refuse_late_settings
        from shared.session.explained_run import Asked, explain_run
        from shared.session.explanation import Explanation

        assignments = as_assignments(settings)
        refuse_late_settings(assignments, allowed=("explain", "data"))
        new = row if isinstance(row, Path) else None
        ids = None if isinstance(row, Path) else [row] if isinstance(row, str) else list(row)
        asked = Asked(new, ids, "random", None, class_name, step, quantile)
        with TemporaryDirectory() as folder:
            record = explain_run(
                self.pipeline,
                self.configure(assignments),
                self.directory,
                asked,
                progress=SilentProgress(),
                output=Path(folder),
            )
            return Explanation.read(record, Path(folder))

    def _repr_html_(self) -> str:
        """The brief of the report, self-contained."""
        from shared.reporting.inline_brief import render_inline_brief

        try:
            return render_inline_brief(ReportRecord.read(self.directory))
        except UserError as error:
            return f"<p>{html.escape(str(error))}</p>"

    def _context(self, assignments: Sequence[str]) -> StageContext:
        from shared.run.context import StageContext

        config = self.configure(assignments)
        return StageContext(self.pipeline, config, self.directory, SilentProgress(), _no_splits)


def _as_file(files: str | Path | pd.DataFrame, folder: Path) -> Path:
    if not isinstance(files, pd.DataFrame):
        return Path(files)
    path = folder / "table.parquet"
    files.to_parquet(path, index=False)
    return path


def _no_splits() -> Splits:
    raise ContractError("Scoring new files never loads the training data.")
