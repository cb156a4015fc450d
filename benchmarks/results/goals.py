"""What the models should reach, and what they reach, over several seeds.

    make goals DATA=FOLDER [ONLY=sst2_minilm] [SEEDS="0 1 2"]

Each run stops behind `evaluate`. A run that is up to date is kept; the table holds those that are
there. FOLDER also holds pretrained encoders, under the names that the commands give.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.markdown import markdown_table
from benchmarks.results.pages import with_tables
from shared.formatting import format_interval, format_seconds, format_value, humanise
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.train_file import TrainRecord
from shared.run.directory import RunDirectory
from shared.statistics.intervals import Estimate

__all__ = ["GOALS", "Goal", "goals_table", "main"]

_PAGE = Path("docs/results.md")
_TABLE = "goals"
_STAGES = "resolve,data,train,predict,calibrate,evaluate"
_FEW_PERTURBED = "evaluate.max_perturbation_examples=20"
_HEAD = (
    "data",
    "command",
    "seeds",
    "training",
    "metric",
    "mean",
    "lowest and highest seed",
    "floor",
    "to reach",
)


@dataclass(frozen=True)
class Goal:
    """Settings, and what they should reach on a test split.

    Attributes:
        name: Of the goal, and of its runs.
        title: Data and split, in a few words.
        pipeline: The pipeline.
        source: The data, below the folder that holds all datasets.
        preset: The preset.
        to_reach: Metric -> value.
        assignments: `--set` of the preset's settings.
        encoder: A pretrained encoder, below the same folder.
        same_training_as: A goal whose model this one decides with, by other rules.
    """

    name: str
    title: str
    pipeline: str
    source: str
    preset: str
    to_reach: Mapping[str, float]
    assignments: tuple[str, ...] = ()
    encoder: str | None = None
    same_training_as: str | None = None

    def options(self, datasets: Path) -> list[str]:
        """Of `run`, but for seed and folder."""
        settings = list(self.assignments)
        if self.encoder is not None:
            settings += ["model.family=pretrained", f"model.encoder={datasets / self.encoder}"]
        data = [f"--data={datasets / self.source}", f"--preset={self.preset}"]
        return [*data, *(f"--set={setting}" for setting in settings)]

    def run(self, seed: int) -> RunDirectory:
        """Where the run of a seed lies."""
        return RunDirectory(self._folder(self.name, seed))

    def begin(self, seed: int) -> None:
        """Take over the training of another goal, if there is one."""
        mine = self._folder(self.name, seed)
        if self.same_training_as is not None and not mine.exists():
            shutil.copytree(self._folder(self.same_training_as, seed), mine)

    def _folder(self, name: str, seed: int) -> Path:
        return Path("runs") / self.pipeline / f"goal-{name}-{seed}"


_BALANCED = "calibrate.decide_for=balanced"
GOALS = (
    Goal(
        "ham10000",
        "HAM10000 from scratch",
        "medical_imaging",
        "ham10000",
        "ham10000",
        {"accuracy": 0.80, "auc_macro": 0.945},
    ),
    Goal(
        "ham10000_balanced",
        "HAM10000 from scratch, every class alike",
        "medical_imaging",
        "ham10000",
        "ham10000",
        {"balanced_accuracy": 0.65},
        (_BALANCED,),
        same_training_as="ham10000",
    ),
    Goal(
        "sst2",
        "SST-2 sentences, nothing pretrained",
        "sentiment",
        "sst2",
        "sst2",
        {"accuracy": 0.835},
    ),
    Goal(
        "sst2_minilm",
        "SST-2 sentences, MiniLM-L6",
        "sentiment",
        "sst2",
        "sst2",
        {"accuracy": 0.90},
        ("train.epochs=3", "model.head_epochs=0"),
        encoder="minilm",
    ),
    Goal(
        "fsdd_speakers",
        "FSDD, a voice never heard",
        "speech",
        "fsdd",
        "fsdd_speakers",
        {"balanced_accuracy": 0.93},
    ),
    *(
        Goal(
            f"etth1_{steps}",
            f"ETTh1, {steps} hours ahead",
            "time_series",
            "ett/ETTh1.csv",
            "etth1",
            {"mse_standardised": error},
            (f"data.horizon_steps={steps}",),
        )
        for steps, error in {96: 0.360, 192: 0.392, 336: 0.410, 720: 0.416}.items()
    ),
)
"""In the order of the table."""


def main() -> None:
    """Train, then write the table."""
    parser = argparse.ArgumentParser(prog="make goals", description="Goals over several seeds.")
    parser.add_argument("datasets", type=Path, help="the folder that holds datasets and encoders")
    parser.add_argument("--only", action="append", choices=[goal.name for goal in GOALS])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    for goal in GOALS:
        if given.only is None or goal.name in given.only:
            for seed in given.seeds:
                _train(goal, given.datasets, seed)
    table = goals_table(GOALS)
    page = _PAGE.read_text(encoding="utf-8")
    written = with_tables(page, lambda name, _: table if name == _TABLE else None)
    _PAGE.write_text(written, encoding="utf-8")


def _train(goal: Goal, datasets: Path, seed: int) -> None:
    goal.begin(seed)
    run = goal.run(seed)
    options = [*goal.options(datasets), f"--set=train.seed={seed}", f"--set={_FEW_PERTURBED}"]
    options += ["--stages", _STAGES, "--run-dir", str(run.path)]
    if run.path.exists():
        options.append("--resume")
    command = [sys.executable, "-m", "pipelines", "run", goal.pipeline, *options]
    subprocess.run(command, check=True)  # noqa: S603 - our own command, no shell


def goals_table(goals: Sequence[Goal]) -> str:
    """One row a goal and metric, of the seeds that have been trained."""
    rows = [row for goal in goals for row in _rows(goal)]
    return markdown_table(_HEAD, rows)


def _rows(goal: Goal) -> list[tuple[str, ...]]:
    runs = {seed: goal.run(seed) for seed in range(10)}
    done = {seed: run for seed, run in runs.items() if run.has("metrics.json")}
    if not done:
        return []
    metrics = [Metrics.read(run) for run in done.values()]
    seconds = sum(TrainRecord.read(run).seconds for run in done.values()) / len(done)
    command = " ".join(["run", goal.pipeline, *goal.options(Path("FOLDER"))])
    start = (goal.title, f"`{command}`", ", ".join(map(str, done)), format_seconds(seconds))
    return [(*start, *_cells(name, value, metrics)) for name, value in goal.to_reach.items()]


def _cells(name: str, to_reach: float, metrics: Sequence[Metrics]) -> tuple[str, ...]:
    entries = [one.metrics[name] for one in metrics]
    unit = entries[0].unit
    values = [entry.value for entry in entries if entry.value is not None]
    floors = [
        row.floor for one in metrics if one.floor for row in one.floor.metrics if row.metric == name
    ]
    return (
        humanise(name),
        _mean(entries, unit),
        " · ".join(format_value(value, unit) for value in (min(values), max(values))),
        _mean(floors, unit) if floors else "–",
        format_value(to_reach, unit),
    )


def _mean(estimates: Sequence[Estimate], unit: str) -> str:
    """Mean of values and of bounds: all seeds meet the same rows, so their mean is no surer."""
    known = [one for one in estimates if one.value is not None]
    value = sum(one.value or 0.0 for one in known) / len(known)
    bounds = [(one.ci_low, one.ci_high) for one in known]
    if any(low is None for low, _ in bounds):
        return format_value(value, unit)
    low, high = (
        sum(side or 0.0 for side in sides) / len(known) for sides in zip(*bounds, strict=True)
    )
    return f"{format_value(value, unit)} ({format_interval(low, high, unit)})"


if __name__ == "__main__":
    main()
