from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from shared.cluster.settled_lines import SettledLines


def settle(*blocks: bytes) -> bytes:
    lines = SettledLines()
    return b"".join(lines.add(block) for block in blocks) + lines.rest()


def test_plain_lines_stay_as_they_are() -> None:
    assert settle(b"one\n\n  two\n") == b"one\n\n  two\n"


def test_a_line_cut_in_two_blocks_is_one_line() -> None:
    assert settle("naï".encode()[:3], "ïve\n".encode()[1:]) == "naïve\n".encode()


def test_an_unfinished_last_line_is_kept() -> None:
    assert settle(b"one\ntw", b"o") == b"one\ntwo\n"


def test_colours_are_removed() -> None:
    assert settle(b"  \x1b[1;32m\xe2\x9c\x93\x1b[0m train\n") == b"  \xe2\x9c\x93 train\n"


def test_of_a_line_drawn_over_and_over_the_last_drawing_is_kept() -> None:
    assert settle(b"\r\x1b[2K10 %", b"\r\x1b[2K20 %", b"\r\x1b[2K30 %\n") == b"30 %\n"


def test_a_line_that_was_erased_leaves_nothing() -> None:
    assert settle(b"\r\x1b[2K10 %\r\x1b[2K\n") == b""


def test_windows_line_ends_are_line_ends() -> None:
    assert settle(b"one\r\ntwo\r\n") == b"one\ntwo\n"


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_live_bar_leaves_its_last_state_and_the_lines_around_it(size: int) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80)
    console.print("before")
    with Progress(console=console, transient=True, auto_refresh=False) as bars:
        task = bars.add_task("train", total=3)
        for _ in range(3):
            bars.advance(task)
            bars.refresh()
    console.print("[green]after[/]")
    drawn = stream.getvalue().encode()
    kept = (
        settle(*(drawn[start : start + size] for start in range(0, len(drawn), size)))
        .decode()
        .splitlines()
    )
    assert (kept[0], kept[-1]) == ("before", "after")
    assert [line.split()[-2:] for line in kept[1:-1]] == [["100%", "0:00:00"]]


def test_memory_does_not_grow_with_a_live_line() -> None:
    lines = SettledLines()
    for _ in range(1000):
        assert lines.add(b"\r\x1b[2K" + b"x" * 100) == b""
    assert len(lines._open) < 300
