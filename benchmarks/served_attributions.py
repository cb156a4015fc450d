"""What the signature `explain` costs a server beside `serving_default`.

    python -m benchmarks.served_attributions RUN [RUN …]

Each run has been exported. Times are processor time of the process in milliseconds a row, the
median of several requests; TensorFlow uses all cores that it finds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from pipelines import get_pipeline
from shared.config.sources import read_config
from shared.contract import Rows
from shared.run.artefacts.parity_file import ParityRecord
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG
from shared.serving.saved_model import SavedModel, load_saved_model, newest_version
from shared.stages.runner import checked_splits

__all__ = ["main"]

_BATCHES = (1, 32)
_REQUESTS = 5


def main() -> None:
    """Print a table, one line a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    print("| pipeline | explain, 1 row | 32 rows | serving_default, 1 row | 32 rows | MB | gap |")
    print("|---|---|---|---|---|---|---|")
    for folder in parser.parse_args().runs:
        print(_measure(folder))


def _measure(folder: Path) -> str:
    run = RunDirectory(folder)
    document = run.read_json(CONFIG, maker="resolve")
    pipeline = get_pipeline(document["pipeline"])
    config = read_config(pipeline.config_type, run / CONFIG)
    test = checked_splits(pipeline, config, run)().test
    why_not = SignatureRecord.read(run).why_no_attributions
    if why_not:
        return f"| {pipeline.name} | none: {why_not} | | | | | |"
    saved = load_saved_model(newest_version(run))
    times = [
        _milliseconds(saved, signature, test.rows(np.arange(count) % len(test)), count)
        for signature in ("explain", "serving_default")
        for count in _BATCHES
    ]
    megabytes = sum(file.stat().st_size for file in saved.path.rglob("*") if file.is_file()) / 1e6
    parity = ParityRecord.read(run).attributions
    gap = "" if parity is None else f"{parity.gap_share:.2g}"
    cells = [pipeline.name, *(f"{one:.2g}" for one in times), f"{megabytes:.1f}", gap]
    return f"| {' | '.join(cells)} |"


def _milliseconds(saved: SavedModel, signature: str, wire: Rows, count: int) -> float:
    saved(wire, signature=signature)  # traced once
    spent = []
    for _ in range(_REQUESTS):
        started = time.process_time()
        saved(wire, signature=signature)
        spent.append(time.process_time() - started)
    return float(np.median(spent)) * 1e3 / count


if __name__ == "__main__":
    main()
