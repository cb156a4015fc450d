"""Several rows at once: each says which masks it needs next, and all of them are scored together.

A row's work is a generator that yields `Ask` before it calls its score, which then knows the
answers. So a method reads as it would for one row alone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from functools import wraps
from itertools import islice
from typing import Generic, ParamSpec, TypeVar, Union

from shared.errors import UserError
from shared.explain.game.masked_score import Ask, score_together

__all__ = ["Outcome", "Steps", "run_alone", "run_together", "without_asking"]

_ROWS_AT_ONCE = 16
"""Each fills a batch of 64 by itself in its first look; what is left over is shared. A second of
sound in 40 parts holds 2.5 MB a row."""

Given = ParamSpec("Given")
Result = TypeVar("Result")

Steps = Generator[Ask, None, Result]
"""Work on one row. What is not asked for by `yield` can be scored all the same, alone."""
Outcome = Union[Result, UserError, OSError]  # noqa: UP007 - a bar makes no alias of a type variable


def without_asking(work: Callable[Given, Result]) -> Callable[Given, Steps[Result]]:
    """Work that asks for nothing beforehand, as steps."""

    @wraps(work)
    def steps(*args: Given.args, **options: Given.kwargs) -> Steps[Result]:
        yield from ()
        return work(*args, **options)

    return steps


def run_alone(steps: Steps[Result]) -> Result:
    """One row's result; raises what its work raises."""
    while True:
        try:
            ask = next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
        score_together([ask])


def run_together(
    works: Iterable[Steps[Result]], *, at_once: int = _ROWS_AT_ONCE
) -> Iterator[tuple[int, Outcome[Result]]]:
    """Results of many rows as they come, each with its row's place; a refusal is a result too.

    Args:
        works: One a row; begun when its turn comes.
        at_once: Rows whose masks are scored together, and whose masks memory must hold.
    """
    waiting = enumerate(works)
    running: dict[int, Steps[Result]] = {}
    while True:
        running.update(islice(waiting, at_once - len(running)))
        if not running:
            return
        asks: list[Ask] = []
        for place in list(running):
            step = _step(running[place])
            if isinstance(step, Ask):
                asks.append(step)
            else:
                del running[place]
                yield place, step.outcome
        score_together(asks)


class _Ended(Generic[Result]):
    """A row's outcome, told apart from what it asks for."""

    def __init__(self, outcome: Outcome[Result]) -> None:
        self.outcome = outcome


def _step(steps: Steps[Result]) -> Ask | _Ended[Result]:
    try:
        return next(steps)
    except StopIteration as end:
        return _Ended(end.value)
    except (UserError, OSError) as error:
        return _Ended(error)
