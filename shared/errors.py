"""What can go wrong, in one tree.

PlumblineError
├── UserError                 the user can fix it: one message, exit code 2, no traceback
│   ├── ConfigError           a preset, `--set` or config.json is wrong
│   ├── DataError             a file, row or field of the data is wrong
│   ├── RunDirectoryError     the run directory can't be used (read-only, of another pipeline)
│   ├── CheckpointError       a checkpoint can't be written, read, or used by this run
│   ├── MissingArtefactError  a stage's input is missing or stale
│   ├── CompressionRefusedError  a smaller model does not answer as it must: exit code 3
│   └── TrainingDivergedError the loss became NaN or infinite
├── StoppedError              a signal stopped the run; what was made is saved: exit code 143 or 130
├── ContractError             a pipeline breaks its contract: a fault of ours, exit code 1
└── WorkerError               a process of a cluster ended or can't be reached: exit code 1
    └── PortTakenError        another program listens on this worker's port
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "CheckpointError",
    "CompressionRefusedError",
    "ConfigError",
    "ContractError",
    "DataError",
    "MissingArtefactError",
    "PlumblineError",
    "PortTakenError",
    "RunDirectoryError",
    "StoppedError",
    "TrainingDivergedError",
    "UserError",
    "WorkerError",
]


class PlumblineError(Exception):
    """Any error that Plumbline raises on purpose."""


class UserError(PlumblineError, ValueError):
    """Something the user can fix.

    The message says what happened, where (file, row, field), what was expected, what was received
    and how to fix it.
    """


class ConfigError(UserError):
    """A configuration value is unknown, of the wrong type or out of bounds."""


class DataError(UserError):
    """A data source can't be read as configured.

    Args:
        message: As for any `UserError`.
        settings: Dotted names and values under which reading goes on, where the source shows them;
            `inspect` tries them, and says so. Choices that only the user can make are not among
            them.
    """

    def __init__(self, message: str, *, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.settings: Mapping[str, Any] = dict(settings or {})


class RunDirectoryError(UserError):
    """A run directory can't be written, or belongs to something else."""


class CheckpointError(UserError):
    """A checkpoint can't be written or read, or is not one of this configuration and data."""


class MissingArtefactError(UserError):
    """A stage's input is missing or does not match what its maker recorded."""


class CompressionRefusedError(UserError):
    """A smaller model can't be made, or breaks the rule that it must keep: nothing is written."""


class TrainingDivergedError(UserError):
    """The loss became NaN or infinite: settings or data, not code."""


class StoppedError(PlumblineError):
    """The run was asked to stop and did so in good order.

    Args:
        message: What was saved, and how to go on.
        signal_number: What asked for it.
    """

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.signal_number = signal_number


class ContractError(PlumblineError):
    """A pipeline returned something that its contract forbids."""


class WorkerError(PlumblineError):
    """A process that trains together with others ended early, or can't be reached."""


class PortTakenError(WorkerError):
    """The port on which this worker should listen is in use."""
