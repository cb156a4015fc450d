"""Keyword spotting on long recordings: false alarms an hour, misses, delay, and time a step.

    python -m benchmarks.streaming clips FSDD CLIPS
    python -m pipelines run speech --data CLIPS/clips.csv --set model.family=streaming \
      --set data.split=given --set data.entity=recording --set data.clip_seconds=1.0
    python -m benchmarks.streaming spot RUN_DIR FSDD

Six digits are keywords; two are other words in training; of the last two no training sees any: one
chooses the threshold with the validation words, one tests. Speakers are the same everywhere, as the
data set divides it: six men.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.streaming.clips import write_clips
from benchmarks.streaming.long_recordings import STRANGE, LongRecording, make_recordings
from benchmarks.streaming.sounds import RATE_HZ
from benchmarks.streaming.spotting import Counts, find_alarms, judge, smoothed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.streaming.spotter import Spotter

__all__ = ["choose_threshold", "main"]

_THRESHOLDS = (*np.round(np.arange(0.2, 1.0, 0.02), 2).tolist(), 0.99, 0.995)
_PIECE_SECONDS = 2.0
_SMOOTHED_SECONDS = 0.3


def main() -> None:
    """Write clips, or print tables of a trained run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    clips = commands.add_parser("clips")
    clips.add_argument("fsdd", type=Path)
    clips.add_argument("folder", type=Path)
    spot = commands.add_parser("spot")
    spot.add_argument("run", type=Path)
    spot.add_argument("fsdd", type=Path)
    spot.add_argument("--minutes", type=float, default=60.0, help="Of each kind without words.")
    spot.add_argument("--false-alarms-an-hour", type=float, default=6.0)
    spot.add_argument("--steps", type=int, default=2000, help="How many are timed.")
    given = parser.parse_args()
    if given.command == "clips":
        print(write_clips(given.fsdd, given.folder))
        return
    for line in _spot(given):
        print(line, flush=True)


def choose_threshold(heard: dict[float, Counts], most_an_hour: float) -> float:
    """The one with the fewest misses among those with at most so many false alarms an hour.

    The highest if none has so few.
    """
    few = [one for one, counts in heard.items() if counts.false_an_hour <= most_an_hour]
    return min(few, key=lambda one: (heard[one].missed, one)) if few else max(heard)


def _spot(given: argparse.Namespace) -> Iterator[str]:
    # One core: before TensorFlow counts them.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from benchmarks.streaming.spotter import Spotter
    from benchmarks.streaming.timing import describe_times, time_steps

    most = given.false_alarms_an_hour
    spotter = Spotter.of(given.run)
    heard = _heard(spotter, make_recordings(given.fsdd, "val", minutes=given.minutes / 4.0))
    told = _heard(spotter, make_recordings(given.fsdd, "test", minutes=given.minutes))
    for words, kinds in (("all recordings", [*heard]), (f"all but {STRANGE}", _but_strange(heard))):
        chosen = choose_threshold(_by_threshold([heard[kind] for kind in kinds]), most)
        yield f"Threshold {chosen:g}: at most {most:g} false alarms an hour of validation, {words}."
        yield "| recordings | hours | false alarms an hour | missed | keywords | delay |"
        yield "|---|---|---|---|---|---|"
        for kind, counts in told.items():
            yield _row(kind, counts[chosen])
    yield "| a step on one core | p50 | p95 | share of real time |"
    yield "|---|---|---|---|"
    for name, ask in spotter.asks():
        yield describe_times(name, time_steps(ask, spotter.stream, given.steps), spotter.stream)


def _but_strange(kinds: Iterable[str]) -> list[str]:
    return [kind for kind in kinds if kind != STRANGE]


def _heard(
    spotter: Spotter, recordings: Mapping[str, list[LongRecording]]
) -> dict[str, dict[float, Counts]]:
    """Kind -> threshold -> what became of its words."""
    found = {}
    for kind, rows in recordings.items():
        told = _told(spotter, rows)
        found[kind] = {one: _count(spotter, rows, told, one) for one in _THRESHOLDS}
    return found


def _by_threshold(kinds: Iterable[dict[float, Counts]]) -> dict[float, Counts]:
    heard = dict.fromkeys(_THRESHOLDS, Counts())
    for counts in kinds:
        heard = {one: heard[one] + counts[one] for one in heard}
    return heard


def _told(spotter: Spotter, rows: list[LongRecording]) -> NDArray[np.float32]:
    """Smoothed probabilities of the keywords at each step, (rows, steps, keywords)."""
    heard = spotter.hear(np.stack([row.samples for row in rows]), _PIECE_SECONDS)
    return smoothed(heard, round(_SMOOTHED_SECONDS / spotter.stream.step_seconds))


def _count(
    spotter: Spotter, rows: list[LongRecording], told: NDArray[np.float32], threshold: float
) -> Counts:
    total = Counts()
    for row, probabilities in zip(rows, told, strict=True):
        alarms = find_alarms(
            probabilities,
            threshold=threshold,
            step_seconds=spotter.stream.step_seconds,
            pause_seconds=spotter.clip_seconds,
        )
        seconds = len(row.samples) / RATE_HZ
        total += judge(row.said, alarms, seconds=seconds, patience_seconds=spotter.clip_seconds)
    return total


def _row(kind: str, counts: Counts) -> str:
    false = counts.false_interval
    line = f"| {kind} | {counts.seconds / 3600.0:.2f} | {counts.false_an_hour:.1f}"
    line += f" ({false.low:.1f} to {false.high:.1f}) |"
    if not counts.num_keywords:
        return f"{line} – | 0 | – |"
    missed = counts.missed_interval
    delay = f"{np.median(counts.delays):+.2f} s" if counts.delays else "–"
    shares = f"{counts.missed:.1%} ({missed.low:.1%} to {missed.high:.1%})"
    return f"{line} {shares} | {counts.num_keywords} | {delay} |"


if __name__ == "__main__":
    main()
