"""What every stage receives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.contract import Pipeline, Splits
from shared.run.directory import RunDirectory
from shared.run.progress import Progress, ProgressOfPart

__all__ = ["StageContext"]


@dataclass(frozen=True)
class StageContext:
    """One run, as a stage sees it.

    Attributes:
        pipeline: The domain.
        config: An instance of `pipeline.config_type`.
        run: Where artefacts are read and written.
        progress: Where progress is told.
        splits: Loads the data on first use and checks that it is still the data that the data stage
            recorded.
        resume: Whether a stage that was interrupted goes on where it was; else it starts anew.
    """

    pipeline: Pipeline
    config: Any
    run: RunDirectory
    progress: Progress
    splits: Callable[[], Splits]
    resume: bool = False

    def of_fold(self, number: int, folds: Sequence[Splits]) -> StageContext:
        """The context of one fold of a cross-validation, counted from 1.

        Its own directory `folds/<number>`, its own splits.
        """
        return replace(
            self,
            run=RunDirectory(self.run / "folds" / str(number)),
            progress=ProgressOfPart(self.progress, f"fold {number} of {len(folds)}"),
            splits=lambda: folds[number - 1],
        )
