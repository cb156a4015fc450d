from __future__ import annotations

import numpy as np
import pytest

from pipelines.sentiment.perturbations.typing_errors import add_typing_errors, mistype

_TEXT = "Some of these words, though not all of them, get an error."


def _generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("number", [0, 1, 3, 99])
def test_so_many_words_get_an_error_or_all_there_are(number: int) -> None:
    changed = [
        one != other
        for one, other in zip(
            _TEXT.split(), add_typing_errors(_TEXT, number, _generator(2)).split(), strict=True
        )
    ]
    assert sum(changed) == min(number, 6)


def test_a_text_of_short_words_stays() -> None:
    assert add_typing_errors("it is so bad, so sad", 5, _generator()) == "it is so bad, so sad"


def test_an_error_changes_one_place_and_never_the_first_letter() -> None:
    for seed in range(200):
        found = mistype("keyboard", _generator(seed))
        assert found[0] == "k"
        assert abs(len(found) - 8) <= 1
        assert found != "keyboard"


def test_all_four_kinds_of_errors_are_made() -> None:
    found = {mistype("abcd", _generator(seed)) for seed in range(300)}
    assert {"acd", "abbcd", "acbd", "avcd", "ancd"} <= found


def test_a_letter_without_a_key_beside_it_stays() -> None:
    assert {mistype("aßßßb", _generator(seed)) for seed in range(40)} <= {
        "aßßb",
        "aßßßßb",
        "aßßßb",
        "aßßbß",
    }
