"""What a benchmark prints, as it stands in a page: its command, and its lines."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

__all__ = ["command_of", "printed_again"]

_COMMAND = re.compile(r"^\$ (python -m benchmarks\.\w+.*)$", re.MULTILINE)


def command_of(block: str) -> list[str]:
    """The arguments that a block was printed by.

    Args:
        block: A code block whose first line is `$ python -m benchmarks.NAME …`.

    Raises:
        ValueError: It has no such line.
    """
    found = _COMMAND.search(block)
    if found is None:
        raise ValueError(f"No line like `$ python -m benchmarks.NAME` in: {block[:80]!r}")
    return shlex.split(found[1])


def printed_again(block: str) -> str:
    """Run the block's command, and write what it prints in its place.

    Raises:
        ValueError: The block has no command.
        subprocess.CalledProcessError: The benchmark failed; its message is on the terminal.
    """
    command = command_of(block)
    ran = subprocess.run(  # noqa: S603 - a module of this repository, no shell
        [sys.executable, *command[1:]], stdout=subprocess.PIPE, text=True, check=True
    )
    lines = "\n".join(line.rstrip() for line in ran.stdout.strip("\n").splitlines())
    return f"```console\n$ {shlex.join(command)}\n{lines}\n```"
