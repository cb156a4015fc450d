"""Following what a message advises: pasted into a shell, as a user does it."""

from __future__ import annotations

import re
import subprocess

__all__ = ["advised", "pasted"]

_OPTION = re.compile(r"--set (?:'[^']*'(?:\"'\"'[^']*')*|\S+)")
_SAFE_UNQUOTED = re.compile(r"[A-Za-z0-9_@%+=:,./ -]*")
"""Characters that neither bash nor zsh changes; zsh refuses brackets that match no file."""


def advised(message: str) -> list[str]:
    """The options that a message advises, as they stand there, each once."""
    return list(dict.fromkeys(_OPTION.findall(message)))


def pasted(option: str) -> str:
    """The assignment that a shell passes on."""
    assert _SAFE_UNQUOTED.fullmatch(re.sub(r"'[^']*'|\"'\"", "", option)), option
    command = ["bash", "-c", f"printf '%s\\0' {option}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    name, assignment, nothing = printed.split("\0")
    assert (name, nothing) == ("--set", ""), option
    return assignment
