from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.contract import Axis, Segments
from shared.explain.game.game import Game
from shared.explain.game.together import run_alone
from shared.explain.grouping import grouped
from shared.explain.methods.choice import attribute
from shared.explain.questions import ClassQuestion
from tests.shared.explain.games import game_task, masked_score, strip_spans

_WORDS = 200
_HIDDEN = 20
_BUDGET = 1000
_WEIGHTS = np.zeros(_WORDS - _HIDDEN)
_WEIGHTS[[17, 63, 64]] = [3.0, 2.0, -1.0]


def _answer(keep: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two words that say the same, and three that add up."""
    return np.asarray(keep @ _WEIGHTS + np.maximum(keep[:, 100], keep[:, 130]))


def _text(num_words: int = _WORDS) -> Segments:
    """Sentences of 20 words, phrases of 5; the last words lie beyond the model's limit."""
    words = np.arange(num_words)
    return Segments(
        names=tuple(f"w{word}" for word in words),
        axes=(Axis("word", "words"),),
        spans=strip_spans(num_words),
        extent=np.array([[1.0, num_words]]),
        canvas=np.array([f"w{word}" for word in words]),
        mask=lambda keep: {"keep": keep.astype(np.float64)},
        naive_orders={"longest word": words.astype(np.float64)},
        groups=(words // 20, words // 5),
    )


def _game() -> Game:
    visible = np.arange(_WORDS) < _WORDS - _HIDDEN
    score = masked_score(_answer, _WORDS - _HIDDEN)
    return Game({}, _text(), visible, ClassQuestion(0), score)


def test_what_matters_in_a_long_text_is_found_by_sentences_phrases_and_words() -> None:
    game = run_alone(grouped(_game(), _BUDGET, seed=0))
    found = run_alone(attribute(game_task(game.score, _BUDGET - game.spent), "auto"))
    names = np.array(game.segments.names)[game.visible]
    values = dict(zip(names.tolist(), found.values.tolist(), strict=True))
    assert found.settled
    assert game.spent + game.score.evaluations <= _BUDGET
    assert values["w17"] == pytest.approx(3.0)
    assert values["w63"] == pytest.approx(2.0)
    assert values["w64"] == pytest.approx(-1.0)
    assert sum(values.values()) == pytest.approx(5.0)
    replaceable = [value for name, value in values.items() if {"w100", "w130"} & {*name.split()}]
    assert replaceable == pytest.approx([0.5, 0.5], abs=0.3)


def test_merged_segments_are_removed_together_and_cover_the_text_once() -> None:
    game = run_alone(grouped(_game(), _BUDGET, seed=0))
    segments = game.segments
    covered = np.concatenate([np.arange(start, stop) for ((start, stop),) in segments.spans])
    assert sorted(covered.tolist()) == list(range(_WORDS))
    assert " ".join(segments.names).split() == [f"w{word}" for word in range(_WORDS)]
    assert game.owners is not None
    without = ~np.eye(len(segments.names), dtype=np.bool_)
    gone = segments.mask(without)["keep"] == 0.0
    np.testing.assert_array_equal(gone, game.owners == np.arange(len(gone))[:, None])


def test_words_beyond_the_models_limit_take_no_part() -> None:
    game = run_alone(grouped(_game(), _BUDGET, seed=0))
    assert game.score.num_segments == int(game.visible.sum()) < 60
    assert (~game.visible).sum() == _HIDDEN


def test_a_row_whose_words_can_be_settled_stays_as_it_is() -> None:
    game = _game()
    assert run_alone(grouped(game, 20_000, seed=0)) is game


def test_a_row_without_groups_stays_as_it_is() -> None:
    segments = _text().merged(np.arange(_WORDS))
    game = Game({}, segments, np.ones(_WORDS, np.bool_), ClassQuestion(0), _game().score)
    assert run_alone(grouped(game, 100, seed=0)) is game


def test_the_same_seed_cuts_the_same() -> None:
    first, second = (run_alone(grouped(_game(), _BUDGET, seed=3)) for _ in range(2))
    assert first.segments.names == second.segments.names
