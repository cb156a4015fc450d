"""Does training survive? Kills real trainings at random steps, resumes and compares them.

    python -m benchmarks.kill_matrix [--kills 30] [--seed 0] [--pipeline time_series] [--strategy
    single]

Each row of the table is one training, started through the command line and killed from outside
again and again, each time once a randomly chosen step is passed (seen by its checkpoints, no hook
inside) and a random share of the next steps has gone by. A kill is *resumed* if the next start goes
on from a checkpoint, and *lost* otherwise. In the end the weights are compared with those of a
training of the same strategy that was never touched.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import psutil

__all__ = ["CELLS", "Cell", "Row", "largest_difference", "main", "run_cell", "train"]

_STEPS_PER_CHECKPOINT = 3
_EPOCHS = 16
"""Of the smoke preset: over a hundred steps, so that a stop that waits for the next meeting of all
workers still finds some left."""
_SETTINGS = (
    f"train.checkpoint_every_steps={_STEPS_PER_CHECKPOINT}",
    f"train.epochs={_EPOCHS}",
    f"train.patience_epochs={_EPOCHS}",
)
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class Cell:
    """One row: who is hit by what.

    Attributes:
        strategy: `single`, `mirrored` (two logical CPU devices) or `multi_worker` (two processes).
        signal: What is sent.
        victim: Who receives it: "the only process", "the chief", "the other worker" or "the
            launcher".
        share: Of all kills.
    """

    strategy: str
    signal: signal.Signals
    victim: str
    share: float


CELLS = (
    Cell("single", signal.SIGKILL, "the only process", 6 / 30),
    Cell("single", signal.SIGTERM, "the only process", 3 / 30),
    Cell("mirrored", signal.SIGKILL, "the only process", 5 / 30),
    Cell("mirrored", signal.SIGTERM, "the only process", 3 / 30),
    Cell("multi_worker", signal.SIGKILL, "the chief", 4 / 30),
    Cell("multi_worker", signal.SIGKILL, "the other worker", 4 / 30),
    Cell("multi_worker", signal.SIGTERM, "the other worker", 3 / 30),
    Cell("multi_worker", signal.SIGTERM, "the launcher", 2 / 30),
)


@dataclass(frozen=True)
class Row:
    """What became of one training.

    Attributes:
        cell: What was done to it.
        steps: After which steps it was killed, as far as its checkpoints tell.
        lost: Kills after which it did not go on from a checkpoint.
        difference: Largest difference of any weight from the training that was not touched; 0 is
            bit for bit.
    """

    cell: Cell
    steps: tuple[int, ...]
    lost: int
    difference: float


def train(pipeline: str, strategy: str, run_dir: Path, *, resume: bool) -> subprocess.Popen[str]:
    """Start a training through the command line; what it says goes to its stdout."""
    program = [
        sys.executable,
        "-m",
        "pipelines",
        "launch" if strategy == "multi_worker" else "run",
        pipeline,
    ]
    workers = ["--workers", "2"] if strategy == "multi_worker" else []
    settings = [
        text
        for setting in (*_SETTINGS, f"train.strategy={strategy}")
        for text in ("--set", setting)
    ]
    options = ["--preset", "smoke", "--stages", "data,train", "--run-dir", str(run_dir), *settings]
    # Strategies are compared each with itself: the number of threads is whatever the machine gives,
    # the same every time.
    environment = {
        **os.environ,
        "COLUMNS": "500",
        **({"PLUMBLINE_CPU_DEVICES": "2"} if strategy == "mirrored" else {}),
    }
    command = [*program, *workers, *options, *(["--resume"] if resume else [])]
    return subprocess.Popen(  # noqa: S603 - our own
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def run_cell(
    cell: Cell, num_kills: int, reference: Path, *, pipeline: str, generator: random.Random
) -> Row:
    """Train once, killed `num_kills` times on the way, and compare with the run at `reference`."""
    last_step = max(steps_saved(reference))
    with tempfile.TemporaryDirectory(prefix="kill-matrix-") as folder:
        run_dir = Path(folder) / "run"
        steps: list[int] = []
        lost = 0
        for kill in range(num_kills + 1):
            process = train(pipeline, cell.strategy, run_dir, resume=kill > 0)
            if kill < num_kills:
                # The next stretch of the training begins where the last kill left it; a third of it
                # stays for what comes late.
                begin = max([0, *steps_saved(run_dir)])
                stretch = (last_step - begin) // (num_kills - kill) * 2 // 3
                offset = generator.randrange(max(1, stretch))
                step = begin + _STEPS_PER_CHECKPOINT + offset
                wait_for_step(process, run_dir, step, generator)
                process_to_hit(process, cell.victim).send_signal(cell.signal)
            said, _ = process.communicate(timeout=_PATIENCE_SECONDS)
            steps += [max([0, *steps_saved(run_dir)])] if kill < num_kills else []
            if kill > 0 and "Resuming" not in said and "had finished" not in said:
                lost += 1
            require_expected_end(cell, process.returncode, said, is_last=kill == num_kills)
        return Row(cell, tuple(steps), lost, largest_difference(run_dir, reference))


def steps_saved(run_dir: Path) -> list[int]:
    """The steps of the checkpoints that lie there now."""
    return [
        int(path.name.removeprefix("step-")) for path in (run_dir / "checkpoints").glob("step-*")
    ]


def wait_for_step(
    process: subprocess.Popen[str], run_dir: Path, step: int, generator: random.Random
) -> None:
    """Return some time after a checkpoint at or after `step` was written, before the next one."""
    before = time.monotonic()
    deadline = before + _PATIENCE_SECONDS
    seen = max([0, *steps_saved(run_dir)])
    pace = 0.0
    while seen < step:
        newest = max([0, *steps_saved(run_dir)])
        if newest > seen:
            now = time.monotonic()
            pace = (now - before) / (newest - seen)
            before = now
            seen = newest
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(
                f"{run_dir}: the training ended (exit code {process.returncode}) before step {step}"
                " was seen."
            )
        time.sleep(0.001)
    time.sleep(min(1.0, pace * _STEPS_PER_CHECKPOINT * generator.random()))


def process_to_hit(process: subprocess.Popen[str], victim: str) -> psutil.Process:
    """The started process itself, or one of the workers that it launched."""
    started = psutil.Process(process.pid)
    if victim in ("the only process", "the launcher"):
        return started
    wanted = {"the chief": 0, "the other worker": 1}[victim]
    for child in started.children():
        config = child.environ().get("TF_CONFIG")
        if config is not None and json.loads(config)["task"]["index"] == wanted:
            return child
    raise RuntimeError(f"{victim} was not found among the children of process {process.pid}.")


def require_expected_end(cell: Cell, exit_code: int, said: str, *, is_last: bool) -> None:
    """Stop the benchmark if a process did not end as it should have: then nothing was measured."""
    is_launched = cell.strategy == "multi_worker"
    after_kill = (
        1 if is_launched else -signal.SIGKILL
    )  # the launcher survives its workers, and tells of them
    after_stop = 0 if is_launched else 128 + signal.SIGTERM
    after_signal = after_stop if cell.signal == signal.SIGTERM else after_kill
    expected = 0 if is_last else after_signal
    sentence = "Saved" if cell.signal == signal.SIGTERM and not is_last else ""
    if exit_code != expected or sentence not in said:
        raise RuntimeError(
            f"{cell}: expected exit code {expected} and {sentence!r}, received {exit_code}:\n{said}"
        )


def largest_difference(run_dir: Path, reference: Path) -> float:
    """Of the weights in two runs' `model.keras`."""
    one = _weights(run_dir / "model.keras")
    other = _weights(reference / "model.keras")
    if one.keys() != other.keys():
        raise RuntimeError(f"{run_dir} and {reference} hold different networks.")
    return max(
        float(
            np.abs(one[name].astype(np.float64) - other[name].astype(np.float64)).max(initial=0.0)
        )
        for name in one
    )


def _weights(path: Path) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}

    def keep(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = np.asarray(item)

    with (
        zipfile.ZipFile(path) as archive,
        h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file,
    ):
        file.visititems(keep)
    return found


_HEADER = """| strategy | signal | to | killed after step | resumed / lost | final weights |
|---|---|---|---|---|---|"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pipeline", default="time_series")
    parser.add_argument(
        "--strategy", choices=sorted({cell.strategy for cell in CELLS}), help="only its rows"
    )
    chosen = parser.parse_args(arguments)
    generator = random.Random(chosen.seed)  # noqa: S311 - where to kill is no secret
    print(_HEADER, flush=True)
    rows = []
    with tempfile.TemporaryDirectory(prefix="kill-matrix-reference-") as folder:
        for cell in CELLS:
            if chosen.strategy not in (None, cell.strategy):
                continue
            reference = Path(folder) / cell.strategy
            _train_reference(chosen.pipeline, cell.strategy, reference)
            num_kills = max(1, round(cell.share * chosen.kills))
            rows.append(
                run_cell(cell, num_kills, reference, pipeline=chosen.pipeline, generator=generator)
            )
            print(_format(rows[-1]), flush=True)
    num_kills = sum(len(row.steps) for row in rows)
    lost = sum(row.lost for row in rows)
    print(f"\n{num_kills} kills: resumed / lost = {num_kills - lost} / {lost}")


def _train_reference(pipeline: str, strategy: str, run: Path) -> None:
    """The training that nothing interrupts, once."""
    if run.exists():
        return
    training = train(pipeline, strategy, run, resume=False)
    said, _ = training.communicate(timeout=_PATIENCE_SECONDS)
    if not (run / "model.keras").exists():
        raise RuntimeError(f"The training to compare with failed:\n{said}")


def _format(row: Row) -> str:
    verdict = (
        "equal bit for bit" if row.difference == 0 else f"differ by at most {row.difference:.1e}"
    )
    steps = ", ".join(str(step) for step in row.steps)
    lost = f"{len(row.steps) - row.lost} / {row.lost}"
    return (
        f"| {row.cell.strategy} | {row.cell.signal.name} | {row.cell.victim} | {steps} | {lost} |"
        f" {verdict} |"
    )


if __name__ == "__main__":
    main()
