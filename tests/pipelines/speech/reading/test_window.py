from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech.reading.window import choose_clip_seconds, describe_loss, describe_unseen


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([1.2] * 100, 1.2),
        ([0.41] * 95 + [3.0] * 5, 0.5),
        ([0.41] * 90 + [3.0] * 10, 3.0),
        ([0.05] * 10, 0.2),
        ([30.0] * 10, 10.0),
    ],
)
def test_nineteen_of_twenty_recordings_fit_within_the_bounds(
    seconds: list[float], expected: float
) -> None:
    assert choose_clip_seconds(np.array(seconds)) == expected


def test_the_loss_is_said_in_all_and_by_class() -> None:
    seconds = np.array([3.0, 3.0, 1.0, 1.0])
    labels = np.array(["long", "long", "short", "short"])
    sentence, is_grave = describe_loss(seconds, labels, 1.0)
    assert sentence.startswith("2 of 4 recordings are longer than the 1 s of data.clip_seconds")
    assert "50.0% of all sound is unseen. By class: long 66.7%, short 0.0%." in sentence
    assert sentence.endswith("--set data.clip_seconds=3.0")
    assert is_grave


def test_a_small_loss_is_said_but_is_not_grave() -> None:
    sentence, is_grave = describe_loss(np.array([1.0] * 99 + [1.5]), np.array(["a"] * 100), 1.0)
    assert sentence
    assert not is_grave


def test_nothing_is_said_where_nothing_is_lost() -> None:
    assert describe_unseen(np.array([0.5, 1.0]), 1.0) == ""
    assert describe_loss(np.array([0.5]), np.array(["a"]), 1.0) == ("", False)
