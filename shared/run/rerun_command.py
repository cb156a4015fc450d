"""What runs stages of an existing run again, as messages advise it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from shared.run.files import CONFIG, FOLDS, MEMBERS

__all__ = ["finish_command", "rerun_command"]


def rerun_command(stages: str, run: Path) -> str:
    """`python -m pipelines run … --stages … --run-dir …` as it is typed into a shell (bash, zsh).

    Let no punctuation follow: people paste up to the next space.

    >>> rerun_command("predict,calibrate", Path("my runs/latest"))
    "python -m pipelines run NAME --stages predict,calibrate --run-dir 'my runs/latest'"

    Args:
        stages: Names, divided by commas.
        run: The directory, or that of one of its folds or members.
    """
    return f"{_run(run)} --stages {stages} --run-dir {_quoted(run)}"


def finish_command(run: Path) -> str:
    """The command that makes all that a run lacks."""
    return f"{_run(run)} --run-dir {_quoted(run)} --resume"


def _run(run: Path) -> str:
    return f"python -m pipelines run {_pipeline_of(_whole(run)) or 'NAME'}"


def _quoted(run: Path) -> str:
    return shlex.quote(str(_whole(run)))


def _whole(run: Path) -> Path:
    """The run that a fold or member belongs to, or itself."""
    is_part = run.parent.name in {FOLDS, MEMBERS} and not (run / CONFIG).exists()
    return run.parent.parent if is_part else run


def _pipeline_of(run: Path) -> str | None:
    """None if the run's configuration does not tell."""
    try:
        name = json.loads((run / CONFIG).read_text(encoding="utf-8"))["pipeline"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return name if isinstance(name, str) and name.isidentifier() else None
