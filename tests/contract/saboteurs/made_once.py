"""What a saboteur need not make again to damage it."""

from __future__ import annotations

from collections.abc import Callable

from shared.run.context import StageContext

__all__ = ["make_once"]


def make_once(honest: Callable[[StageContext], None], context: StageContext, artefact: str) -> None:
    """Call the honest stage, unless the run is a copy of one in which it was.

    Only for a fault in what the stage makes of its honest inputs; a check that gives the stage
    others would meet what was made of the honest ones.
    """
    if not (context.run / artefact).exists():
        honest(context)
