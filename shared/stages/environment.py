"""The resolve stage: the complete configuration and the environment it meets."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from shared.errors import MissingArtefactError
from shared.run.artefacts.environment_file import EnvironmentRecord
from shared.run.context import StageContext
from shared.run.files import CONFIG

__all__ = ["describe_environment", "resolve_stage"]

_PACKAGES = (
    "tensorflow",
    "keras",
    "keras-hub",
    "safetensors",
    "tensorflow-datasets",
    "shap",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "fairlearn",
    "pydantic",
    "matplotlib",
    "pillow",
    "soundfile",
    "soxr",
)
_SWITCHES = (
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OMP_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
)


def resolve_stage(context: StageContext) -> None:
    """Write `config.json` and `environment.json`."""
    begun = _begun(context)
    context.run.write_text(CONFIG, context.config.to_json())
    describe_environment(begun).write(context.run)


def _begun(context: StageContext) -> str:
    """The day that the run remembers, unless it is another configuration's; else today."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    run = context.run
    is_same = run.has(CONFIG) and (run / CONFIG).read_bytes() == context.config.to_json().encode()
    if not is_same:
        return today
    try:
        return EnvironmentRecord.read(run).begun
    except MissingArtefactError:
        return today


def describe_environment(begun: str) -> EnvironmentRecord:
    """What this process runs on.

    Args:
        begun: UTC day on which the run began, as 2026-01-31.
    """
    switches = {name: os.environ[name] for name in _SWITCHES if name in os.environ}
    return EnvironmentRecord(
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        num_cpus=os.cpu_count(),
        packages={package: _version(package) for package in _PACKAGES},
        switches=switches,
        begun=begun,
        git_revision=_git_revision(),
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _git_revision() -> str:
    """The commit of this source tree, with `-dirty` if changed; "unknown" outside a checkout."""
    describe = ["describe", "--always", "--dirty", "--abbrev=12", "--match="]
    command = ["git", "-C", str(Path(__file__).parent), *describe]
    try:
        found = subprocess.run(  # noqa: S603 - a fixed command, no shell
            command, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()
