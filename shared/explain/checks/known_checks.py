"""What the explain stage of a run has tested already: new rows need none of it again."""

from __future__ import annotations

from dataclasses import dataclass

from shared.config import ExplainConfig
from shared.errors import MissingArtefactError
from shared.run.artefacts.explanations.checks import MethodChecks, Removals
from shared.run.artefacts.explanations.record import Explanations
from shared.run.directory import RunDirectory

__all__ = ["KnownChecks", "known_checks"]


@dataclass(frozen=True)
class KnownChecks:
    """Tests of a run's explanations.

    Attributes:
        removals: As tested; None where they must be tested anew.
        checks: Of the method; None where the stage explained by another.
    """

    removals: Removals | None = None
    checks: MethodChecks | None = None


def known_checks(run: RunDirectory, settings: ExplainConfig) -> KnownChecks:
    """What holds for these settings too; nothing if the stage has not run in this version.

    Args:
        run: Whose stage may have run.
        settings: That rows are to be explained with.
    """
    try:
        found = Explanations.read(run)
    except MissingArtefactError:
        return KnownChecks()
    removals = _of_way(found.removals, settings.removal)
    if removals is None:
        return KnownChecks()
    # By another method or removal, explanations may depend on the weights in another way.
    before = (found.method, found.removals.chosen)
    is_same = before == (settings.method, removals.chosen)
    return KnownChecks(removals, found.checks if is_same else None)


def _of_way(tested: Removals, asked: str) -> Removals | None:
    """The same tests with another way chosen; None if they don't know it."""
    if asked in [one.name for one in tested.tested]:
        return tested.model_copy(update={"asked": asked, "chosen": asked})
    return tested if asked == tested.asked == "auto" else None
