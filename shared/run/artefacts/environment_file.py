"""`environment.json`: the software and the machine that a run met."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.run.artefacts.artefact import Artefact
from shared.run.files import ENVIRONMENT

__all__ = ["EnvironmentRecord"]


class EnvironmentRecord(Artefact):
    """Versions, machine and switches that can change a number; no user or host names.

    Attributes:
        python: Its version.
        platform: Operating system, as Python names it.
        machine: Kind of processor.
        num_cpus: Logical processors; None if unknown.
        packages: Package -> version, or "not installed".
        switches: Environment variable -> value, of those that are set.
        begun: UTC day on which the run began, as 2026-01-31; another configuration begins it anew.
        git_revision: Of the source tree, with "-dirty" if changed; "unknown" outside a checkout.
    """

    file: ClassVar[str] = ENVIRONMENT

    schema_version: Literal[2] = 2
    python: str
    platform: str
    machine: str
    num_cpus: int | None
    packages: dict[str, str]
    switches: dict[str, str]
    begun: str
    git_revision: str
