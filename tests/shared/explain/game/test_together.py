from __future__ import annotations

import numpy as np
import pytest

from shared.errors import UserError
from shared.explain.game.masked_score import Ask, MaskedScore
from shared.explain.game.together import Steps, run_alone, run_together, without_asking
from tests.shared.explain.games import masked_score


def _work(score: MaskedScore, times: int) -> Steps[float]:
    """Asks for masks of another size each time; refuses negative numbers of times."""
    total = 0.0
    if times < 0:
        raise UserError("no such number of times")
    for kept in range(times):
        keep = np.arange(3)[None] < kept
        yield Ask(score, keep)
        total += float(score(keep)[0])
    return total


def _scores(count: int) -> list[MaskedScore]:
    return [masked_score(lambda keep: keep.sum(axis=1), 3) for _ in range(count)]


def test_rows_done_together_have_the_results_that_they_have_alone() -> None:
    times = [3, 1, 0, 2, 3]
    alone = [run_alone(_work(one, n)) for one, n in zip(_scores(5), times, strict=True)]
    works = (_work(one, n) for one, n in zip(_scores(5), times, strict=True))
    together = dict(run_together(works, at_once=2))
    assert [together[place] for place in range(5)] == alone == [3.0, 0.0, 0.0, 1.0, 3.0]


def test_a_row_that_is_refused_stops_no_other() -> None:
    works = (_work(one, n) for one, n in zip(_scores(3), [2, -1, 2], strict=True))
    together = dict(run_together(works))
    assert isinstance(together[1], UserError)
    assert together[0] == together[2] == 1.0


def test_no_more_rows_are_begun_than_memory_holds() -> None:
    begun = 0

    def work(score: MaskedScore) -> Steps[int]:
        nonlocal begun
        begun += 1
        yield Ask(score, np.ones((1, 3), dtype=np.bool_))
        return begun

    found = [count for _, count in run_together(map(work, _scores(5)), at_once=2)]
    assert found == [2, 2, 4, 4, 5]


def test_a_fault_of_ours_is_not_a_rows_result() -> None:
    def work() -> Steps[None]:
        yield from ()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(run_together([work()]))


def test_work_that_asks_for_nothing_is_done_when_its_turn_comes() -> None:
    steps = without_asking(lambda value: 2 * value)(21)
    assert run_alone(steps) == 42
