from __future__ import annotations

import os

import pytest

from pipelines.speech.reading.containers.remarks import catch_remarks
from shared.errors import DataError
from tests.pipelines.speech.reading.containers.sounds import encoded, seconds_of


def test_what_the_decoder_says_is_caught_and_what_others_say_goes_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with catch_remarks() as remarks:
        os.write(2, b"[src/libmpg123/parse.c] warning: lost\nsomething else\n")
    assert remarks == ["[src/libmpg123/parse.c] warning: lost"]
    assert capfd.readouterr().err == "something else\n"


def test_damaged_files_write_nothing_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    whole = encoded("MP3")
    for place in range(0, len(whole), 97):
        damaged = whole[:place] + b"\0" + whole[place + 1 :]
        try:
            seconds_of(damaged)
        except DataError as error:
            assert str(error)
    assert capfd.readouterr().err == ""
