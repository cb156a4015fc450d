from __future__ import annotations

from typing import Any

import pytest

from shared.config import RunConfig
from shared.config.suggestions import explain_mistyped


def _message(kind: str, *place: str, **more: Any) -> str:
    error = {"type": kind, "loc": place, "msg": "pydantic's", "input": 3, **more}
    return str(explain_mistyped(RunConfig, error)["msg"])


@pytest.mark.parametrize(
    ("place", "meant"),
    [
        (("train", "epoch"), "train.epochs"),
        (("epochs",), "train.epochs"),
        (("data", "epochs"), "train.epochs"),
        (("trains",), "train"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_closest(place: tuple[str, ...], meant: str) -> None:
    assert _message("extra_forbidden", *place).endswith(f"Did you mean {meant}?")


def test_what_is_like_nothing_is_answered_with_all_that_there_is() -> None:
    assert "train has seed, label_fraction, members," in _message("extra_forbidden", "train", "qqq")
    assert "Sections: data, front_end, model, train" in _message("extra_forbidden", "qqq")


def test_a_choice_like_none_gets_no_guess() -> None:
    expected = {"expected": "'auto' or 'single'"}
    assert _message("literal_error", "train", "strategy", ctx=expected, input="qq") == "pydantic's"


def test_other_errors_keep_their_words() -> None:
    assert _message("int_type", "train", "epochs") == "pydantic's"
