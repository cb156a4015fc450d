"""The members of one model: the same network, trained from several seeds, one after the other."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import keras

from shared.contract import Splits
from shared.model.members import averaged_network
from shared.run.artefacts.train_file import CheckpointsRecord
from shared.run.context import StageContext
from shared.run.files import MEMBERS
from shared.targets import Target
from shared.training.checkpoints.store import Remembering
from shared.training.fit import Fit, fit_fold
from shared.training.monitoring.callbacks import HistoryFile

__all__ = ["Members", "fit_members"]


@dataclass(frozen=True)
class Members:
    """Fits of all members, in the order of their seeds.

    Attributes:
        fits: At least one.
        histories: What their epochs were like.
        target: What they predict.
    """

    fits: tuple[Fit, ...]
    histories: tuple[HistoryFile, ...]
    target: Target

    @cached_property
    def together(self) -> Fit:
        """The first one's fit with the mean of all networks; of one member just that."""
        networks = [fit.network for fit in self.fits]
        return replace(
            self.fits[0],
            network=averaged_network(networks, self.target),
            checkpoints=_sum([fit.checkpoints for fit in self.fits]),
        )


def fit_members(context: StageContext, splits: Splits, cost: Remembering) -> Members:
    """Fit `train.members` networks; the preprocessing is that of the first.

    A member that was finished before an interruption is read from its last checkpoint.

    Args:
        context: The run, or one fold of it.
        splits: What to fit on.
        cost: What all of them take; a checkpoint of one remembers what those before it took.

    Raises:
        UserError: As `fit_fold`.
    """
    number_of_members = context.config.train.members
    _remove_others(context, number_of_members if context.resume else 1)
    fits: list[Fit] = []
    histories: list[HistoryFile] = []
    for number in range(1, number_of_members + 1):
        if fits:
            # so that layers have the same names in each
            keras.utils.clear_session()
        member = context.of_member(number)
        history = HistoryFile(member.run)
        remembering: dict[str, Remembering] = {"history": history, "cost": cost}
        prepared = fits[0].prepared if fits else None
        fits.append(fit_fold(member, splits, [history], remembering=remembering, prepared=prepared))
        histories.append(history)
    return Members(tuple(fits), tuple(histories), splits.target)


def _remove_others(context: StageContext, kept: int) -> None:
    """Remove what an earlier training left of members that this one does not have."""
    folder = context.run / MEMBERS
    for path in folder.glob("*"):
        if int(path.name) > kept:
            shutil.rmtree(path)
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()


def _sum(records: Sequence[CheckpointsRecord]) -> CheckpointsRecord:
    return CheckpointsRecord(
        written=sum(record.written for record in records),
        seconds=round(sum(record.seconds for record in records), 3),
        resumed=tuple(resumed for record in records for resumed in record.resumed),
    )
