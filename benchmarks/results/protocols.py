"""Which data, split and preset each published result stands for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from shared.run.directory import RunDirectory

__all__ = ["PROTOCOLS", "Protocol", "train"]


@dataclass(frozen=True)
class Protocol:
    """One row of the overview.

    Attributes:
        name: Of the result, and of its run's directory.
        title: Data and split, in a few words.
        pipeline: The pipeline.
        source: The data, below the folder that holds all datasets.
        preset: The preset.
        metrics: What the overview shows, besides the primary metric.
        assignments: `--set` of the preset's settings.
    """

    name: str
    title: str
    pipeline: str
    source: str
    preset: str
    metrics: tuple[str, ...]
    assignments: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What a reader types to get the same, with `DATA` below their own folder of datasets."""
        target = self.pipeline.replace("_", "-")
        options = "".join(f" --set {assignment}" for assignment in self.assignments)
        arguments = f' ARGS="{options.strip()}"' if options else ""
        return f"make {target} DATA={self.source} PRESET={self.preset}{arguments}"

    @property
    def run(self) -> RunDirectory:
        """Where its run lies."""
        return RunDirectory(Path("runs") / self.pipeline / f"result-{self.name}")


_RANKING = ("accuracy", "auc_macro")
PROTOCOLS = (
    Protocol(
        name="ham10000",
        title="HAM10000, 8,011 images, split by lesion",
        pipeline="medical_imaging",
        source="ham10000",
        preset="ham10000",
        metrics=_RANKING,
    ),
    Protocol(
        name="sst2",
        title="SST-2, whole sentences, the 872 of dev as test",
        pipeline="sentiment",
        source="sst2",
        preset="sst2",
        metrics=_RANKING,
    ),
    Protocol(
        name="fsdd",
        title="FSDD, official split: speakers are known",
        pipeline="speech",
        source="fsdd",
        preset="fsdd",
        metrics=("ece",),
    ),
    Protocol(
        name="fsdd_speakers",
        title="FSDD, six models, each tested on the voice that it never heard",
        pipeline="speech",
        source="fsdd",
        preset="fsdd_speakers",
        metrics=("ece",),
        assignments=("train.epochs=25",),
    ),
    Protocol(
        name="etth1",
        title="ETTh1, 96 hours ahead, all 2,785 windows of 7 channels",
        pipeline="time_series",
        source="ett/ETTh1.csv",
        preset="etth1",
        metrics=("mae_standardised",),
    ),
)
"""The published results, in the order of the overview."""


def train(protocol: Protocol, datasets: Path) -> None:
    """Make its run, or what of it is out of date.

    Args:
        protocol: Which.
        datasets: The folder that holds all datasets.

    Raises:
        subprocess.CalledProcessError: The run failed; its message is on the terminal.
    """
    options = [f"--data={datasets / protocol.source}", f"--preset={protocol.preset}"]
    options += [f"--set={assignment}" for assignment in protocol.assignments]
    options += ["--run-dir", str(protocol.run.path)]
    if protocol.run.path.exists():
        options.append("--resume")
    command = [sys.executable, "-m", "pipelines", "run", protocol.pipeline, *options]
    subprocess.run(command, check=True)  # noqa: S603 - our own command, no shell
