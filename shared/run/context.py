"""What every stage receives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.contract import Pipeline, Splits
from shared.run.directory import RunDirectory
from shared.run.files import FOLDS, MEMBERS
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
            run=RunDirectory(self.run / FOLDS / str(number)),
            progress=ProgressOfPart(self.progress, "fold", number, len(folds)),
            splits=lambda: folds[number - 1],
        )

    def of_member(self, number: int) -> StageContext:
        """The context of one of `train.members`, counted from 1: its seed and its directory.

        The first one's is the run itself, so that members may be added to a network.
        """
        train = self.config.train
        if train.members == 1:
            return self
        seeded = train.model_copy(update={"seed": train.seed + number - 1})
        run = self.run if number == 1 else RunDirectory(self.run / MEMBERS / str(number))
        return replace(
            self,
            config=self.config.model_copy(update={"train": seeded}),
            run=run,
            progress=ProgressOfPart(self.progress, "member", number, train.members),
        )
