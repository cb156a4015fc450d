from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from cli.terminal import CONSOLE, SafeConsole, TerminalDisplay, choose_output, new_table, print_json


def written(monkeypatch: pytest.MonkeyPatch, times: list[float]) -> list[str]:
    """The lines of a log file, when there is an update at each of the times, in seconds since the stage began."""
    output, now = io.StringIO(), [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with TerminalDisplay(Console(file=output, width=80)).stage("train") as progress:
        for now[0] in times:
            progress.update(1, 10, f"{now[0]:.0f} s [of] many")
    return output.getvalue().splitlines()


def test_a_log_file_has_no_control_characters_and_keeps_brackets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "\n".join(written(monkeypatch, [31.0, 32.0]))
    assert text.isprintable() or all(
        character.isprintable() or character == "\n" for character in text
    )
    assert "    train: 31 s [of] many" in text


def test_a_log_file_is_told_now_and_then_only(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = written(monkeypatch, [1.0, 10.0, 31.0, 40.0, 60.0, 62.0, 63.0])
    assert [line for line in lines if "many" in line] == [
        "    train: 31 s [of] many",
        "    train: 62 s [of] many",
    ]


def test_milestones_are_written_each() -> None:
    output = io.StringIO()
    with TerminalDisplay(Console(file=output, width=40)).stage("train") as progress:
        progress.milestone(
            "epoch 1/2  loss 0.4321  and more than fits into a line of forty characters"
        )
        progress.milestone("epoch 2/2")
    lines = output.getvalue().splitlines()
    assert (
        lines[0]
        == "    train: epoch 1/2  loss 0.4321  and more than fits into a line of forty characters"
    )
    assert lines[1] == "    train: epoch 2/2"
    assert lines[2].startswith("  ✓ train")


def test_a_terminal_shows_one_live_line_and_no_lines_for_milestones() -> None:
    output = io.StringIO()
    display = TerminalDisplay(Console(file=output, force_terminal=True, width=120))
    with display.stage("train") as progress:
        progress.update(5, 10, "epoch 1/2  step 5/10")
        progress.milestone("epoch 1/2 is over")
    assert "epoch 1/2  step 5/10" in output.getvalue()
    assert "is over" not in output.getvalue()


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_is_worth_keeping_is_said_at_once_and_stays_if_the_stage_fails(
    is_terminal: bool,
) -> None:
    output = io.StringIO()
    display = TerminalDisplay(Console(file=output, force_terminal=is_terminal, width=120))
    with pytest.raises(KeyboardInterrupt), display.stage("train") as progress:
        progress.log("Resuming at epoch [3], step 4")
        assert "Resuming at epoch [3], step 4" in output.getvalue()
        raise KeyboardInterrupt
    assert "✓" not in output.getvalue()


def test_control_characters_never_reach_the_terminal_as_they_are() -> None:
    output = io.StringIO()
    console = SafeConsole(file=output, width=80)
    table = new_table("a\x07", ["b\x1b[2J"])
    table.add_row("\x1b[31mred\u202e")
    console.print(table)
    console.print("\x1b]0;title\x07", soft_wrap=True)
    assert all(character.isprintable() or character == "\n" for character in output.getvalue())
    assert r"\x1b[31mred\u202e" in output.getvalue()


def test_colours_still_do() -> None:
    output = io.StringIO()
    SafeConsole(file=output, force_terminal=True, color_system="standard").print("[red]a[/]")
    assert output.getvalue() == "\x1b[31ma\x1b[0m\n"


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    choose_output(quiet=True)
    CONSOLE.print("Written: report.html")
    choose_output()
    assert capsys.readouterr() == ("", "")


def test_beside_json_all_else_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    choose_output(as_json=True)
    CONSOLE.print("working")
    print_json({"name": "ü"})
    choose_output()
    CONSOLE.print("done")
    output, aside = capsys.readouterr()
    assert output == '{\n  "name": "ü"\n}\ndone\n'
    assert aside == "working\n"
