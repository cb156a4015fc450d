"""How fast `predict` is beside a bare loop over the same SavedModel.

    python -m benchmarks.predicting.bare_loop RUN_DIR --input PATH [--rows 8000] [--rounds 3]

The bare loop has the wire form at hand or reads each file's bytes, asks in batches of 64 and throws
the answers away: no check, no row for what can't be read, no table. Both load the model, run in one
process in turns, and the best round of each counts, by the clock and by processor time. The target:
`predict` reaches at least 80 % of the loop's rows a second.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shared.errors import PlumblineError
from shared.loading.tensorflow_startup import start_tensorflow
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress

if TYPE_CHECKING:
    from shared.contract import Splits
    from shared.run.context import StageContext

__all__ = ["main"]

_BATCH_ROWS = 64


class _Took(NamedTuple):
    """Seconds by the clock, and of processors."""

    wall: float
    cpu: float


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--input", type=Path, required=True, help="a folder of files, or lines")
    parser.add_argument("--rows", type=int, default=8000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    start_tensorflow()
    with tempfile.TemporaryDirectory() as place:
        source = _excerpt(arguments.input, Path(place), arguments.rows)
        _compare(arguments.run, source, Path(place) / "scores.csv", arguments.rounds)


def _excerpt(source: Path, place: Path, num_rows: int) -> Path:
    """The first rows of the source: links to files, or lines."""
    if source.is_dir():
        chosen = place / "files"
        chosen.mkdir()
        for file in islice(sorted(source.iterdir()), num_rows):
            (chosen / file.name).symlink_to(file.resolve())
        return chosen
    with source.open(encoding="utf-8") as lines:
        (place / "lines.txt").write_text("".join(islice(lines, num_rows)), encoding="utf-8")
    return place / "lines.txt"


def _compare(run_dir: Path, source: Path, output: Path, num_rounds: int) -> None:
    from shared.serving.batch.scoring import score_inputs

    context = _context(run_dir)
    loop = partial(_loop, context, source)
    predict = partial(score_inputs, context, source, output)
    rounds = [(_time(loop), _time(predict)) for _ in range(num_rounds)]
    num_rows = sum(len(batch) for batch in _batches(source))
    for unit in ("wall", "cpu"):
        bare = num_rows / min(getattr(one, unit) for one, _ in rounds)
        ours = num_rows / min(getattr(one, unit) for _, one in rounds)
        print(
            f"{context.pipeline.name}, {num_rows:,} rows, {unit}: bare loop {bare:,.0f} rows/s,"
            f" predict {ours:,.0f} rows/s: {ours / bare:.0%}"
        )


def _context(run_dir: Path) -> StageContext:
    from cli.options import configure, owner
    from pipelines import get_pipeline
    from shared.run.context import StageContext

    run = RunDirectory(run_dir)
    pipeline = get_pipeline(owner(run))
    config = configure(pipeline, run_dir=run_dir)
    return StageContext(pipeline, config, run, SilentProgress(), _no_splits)


def _no_splits() -> Splits:
    raise PlumblineError("Batch scoring never loads the training data.")


def _loop(context: StageContext, source: Path) -> None:
    """What predict is compared with."""
    from shared.serving.saved_model import load_saved_model, newest_version

    saved = load_saved_model(newest_version(context.run))
    ((name, _),) = saved.inputs()
    for batch in _batches(source):
        saved({name: np.asarray(batch, dtype=object)})


def _batches(source: Path) -> Iterator[list[object]]:
    items: Iterator[object]
    if source.is_dir():
        items = (file.read_bytes() for file in sorted(source.iterdir()))
    else:
        items = iter(source.read_text(encoding="utf-8").splitlines())
    while batch := list(islice(items, _BATCH_ROWS)):
        yield batch


def _time(work: Callable[[], object]) -> _Took:
    wall = time.perf_counter()
    cpu = time.process_time()
    work()
    return _Took(time.perf_counter() - wall, time.process_time() - cpu)


if __name__ == "__main__":
    main()
