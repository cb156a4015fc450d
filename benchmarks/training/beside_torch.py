"""Our trainings beside those of libraries on PyTorch, each in a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["compare_fine_tuning", "compare_forecasting"]

_COUNTERPARTS = Path(__file__).parent / "counterparts"
_NUM_TEXTS, _BATCH_SIZE, _MAX_PIECES = 1280, 32, 64

Spent = dict[str, float]


def compare_fine_tuning(python: str, encoder: str, texts: str, rounds: int) -> None:
    """Print the time of an epoch over some sentences, in epochs of Transformers.

    Args:
        python: Interpreter that has Transformers and PyTorch.
        encoder: Folder of the encoder.
        texts: Folder of SST-2.
        rounds: Measurements.
    """
    script = str(_COUNTERPARTS / "hugging_face.py")
    shapes = [str(number) for number in (_NUM_TEXTS, _BATCH_SIZE, _MAX_PIECES)]
    table = str(Path(texts) / "train.tsv")
    ours = [sys.executable, "-m", "benchmarks.training.encoder", encoder, texts, *shapes]
    theirs = [python, script, encoder, table, *shapes]
    programs = {
        "ours": ours,
        "Transformers": [*theirs, "padded"],
        "Transformers, group_by_length": [*theirs, "grouped"],
    }
    _print_ratios(f"{_NUM_TEXTS:,} sentences, batch {_BATCH_SIZE}", _rounds(programs, rounds))


def compare_forecasting(python: str, series: str, rounds: int) -> None:
    """Print the time and error of both on ETTh1, 96 hours ahead.

    Args:
        python: Interpreter that has NeuralForecast.
        series: ETTh1.csv.
        rounds: Measurements.
    """
    programs = {
        "ours": [sys.executable, "-m", "benchmarks.training.forecaster", series],
        "NeuralForecast's DLinear": [python, str(_COUNTERPARTS / "neural_forecast.py"), series],
    }
    measured = _rounds(programs, rounds)
    _print_ratios("ETTh1, 96 hours ahead", measured)
    for name, spent in measured.items():
        print(f"  {name}: MSE {statistics.median(one['mse'] for one in spent):.4f}")


def _rounds(programs: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[Spent]]:
    measured: dict[str, list[Spent]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, command in programs.items():
            told = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603
            measured[name].append(json.loads(told.stdout.splitlines()[-1]))
    return measured


def _print_ratios(title: str, measured: Mapping[str, Sequence[Spent]]) -> None:
    print(title)
    ours = measured["ours"]
    for name, spent in measured.items():
        seconds, processor = (
            statistics.median(one[key] / other[key] for one, other in zip(ours, spent, strict=True))
            for key in ("seconds", "processor_seconds")
        )
        took = statistics.median(one["seconds"] for one in spent)
        print(f"  {name}: {took:.1f} s; ours takes {seconds:.2f} × its time,", end=" ")
        print(f"{processor:.2f} × its processor time")
