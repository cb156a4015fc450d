"""What runs stages of an existing run again, as messages advise it."""

from __future__ import annotations

import shlex
from pathlib import Path

__all__ = ["rerun_option"]


def rerun_option(stages: str, run: Path) -> str:
    """`--stages … --run-dir …` as it is typed into a shell (bash, zsh), behind `run PIPELINE`.

    Let no punctuation follow: people paste up to the next space.

    >>> rerun_option("predict,calibrate", Path("my runs/latest"))
    "--stages predict,calibrate --run-dir 'my runs/latest'"

    Args:
        stages: Names, divided by commas.
        run: The directory; without it another run would be begun.
    """
    return f"--stages {stages} --run-dir {shlex.quote(str(run))}"
