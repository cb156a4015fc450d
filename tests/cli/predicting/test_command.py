from __future__ import annotations

import pytest

from tests.cli.mistakes import Call, refused

RUN = ("predict", "run", "--output", "scores.csv")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--input is missing"),
        (("--merge", "--input", "a.csv"), "--merge takes the run and --output alone"),
        (("--merge", "--workers", "2"), "--merge takes the run and --output alone"),
        (("--input", "a.csv", "--shard", "1/2", "--workers", "2"), "give one of them"),
        (("--input", "a.csv", "--shard", "3/2"), "expected NUMBER/COUNT"),
        (("--input", "a.csv", "--format", "csv"), "says what --input - holds"),
        (("--input", "a.csv", "--set", "train.epochs=3"), "only settings under data can"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_read(
    call: Call, options: tuple[str, ...], said: str
) -> None:
    refused(call(*RUN, *options), said)
