"""The largest difference of any answer between everyone who loads or serves an export.

    python -m benchmarks.serving_parity RUN [RUN …] [--rows 32] [--rest http://localhost:8501]
        [--grpc localhost:8500]

Each run has been exported, and is compared with `tf.saved_model.load` on rows of its test split:
Keras (as `parity.json` has it from the export), TensorFlow's C interface in a process without
Python's TensorFlow, and servers that serve these runs, ours or any. PLUMBLINE_TENSORFLOWS may name
a folder of further TensorFlows, one unzipped wheel in each folder in it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.serving_parity.comparing import Difference, compare
from benchmarks.serving_parity.native_answers import ask_natively, native_libraries
from benchmarks.serving_parity.servers import Ask, by_grpc, by_rest
from pipelines import get_pipeline
from shared.config.sources import read_config
from shared.contract import Rows
from shared.run.artefacts.parity_file import NumberParity, ParityRecord
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG
from shared.serving.saved_model import SavedModel, load_saved_model, newest_version
from shared.stages.runner import checked_splits

__all__ = ["main"]


def main() -> None:
    """Print a table, one line a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--rest", metavar="ADDRESS")
    parser.add_argument("--grpc", metavar="HOST:PORT")
    arguments = parser.parse_args()
    lines = [
        dict(_measure(folder, arguments.rows, arguments.rest, arguments.grpc))
        for folder in arguments.runs
    ]
    print(f"| {' | '.join(lines[0])} |")
    print("|---" * len(lines[0]) + "|")
    for line in lines:
        print(f"| {' | '.join(line.values())} |")


def _measure(
    folder: Path, num_rows: int, rest: str | None, grpc: str | None
) -> Iterator[tuple[str, str]]:
    """Heading and cell of each column."""
    run = RunDirectory(folder)
    document = run.read_json(CONFIG, maker="resolve")
    pipeline = get_pipeline(document["pipeline"])
    config = read_config(pipeline.config_type, run / CONFIG)
    test = checked_splits(pipeline, config, run)().test
    saved = load_saved_model(newest_version(run))
    wire = test.rows(np.arange(min(num_rows, len(test))))
    expected = {name: saved(wire, signature=name) for name in saved.endpoints}
    yield "pipeline", pipeline.name
    yield "signatures, rows", f"{', '.join(saved.endpoints)}: {len(next(iter(wire.values())))}"
    yield "Keras", _of_keras(ParityRecord.read(run))
    for library in native_libraries():
        version, answers = ask_natively(library, saved.path, wire)
        yield f"C API {version}", str(compare(expected, answers))
    servers = {"REST": rest and by_rest(rest, pipeline.name)}
    servers["gRPC"] = grpc and by_grpc(grpc, pipeline.name)
    for name, ask in servers.items():
        if callable(ask):
            yield name, str(_of_server(saved, ask, wire, in_json=name == "REST"))


def _of_keras(record: ParityRecord) -> str:
    numbers = [one for one in record.outputs.values() if isinstance(one, NumberParity)]
    shares = [
        record.relative_tolerance * one.max_abs_difference / one.tolerance
        for one in numbers
        if one.tolerance
    ]
    decisions = [one for one in record.outputs.values() if not isinstance(one, NumberParity)]
    return str(Difference(max(shares), sum(one.num_different for one in decisions)))


def _of_server(saved: SavedModel, ask: Ask, wire: Rows, *, in_json: bool) -> Difference:
    if in_json:
        numbers = [one for one in wire.values() if one.dtype.kind == "f"]
        finite = [np.isfinite(one.reshape(len(one), -1)).all(axis=1) for one in numbers]
        if finite:
            kept = np.flatnonzero(np.all(finite, axis=0))
            wire = {name: values[kept] for name, values in wire.items()}
    expected = {name: saved(wire, signature=name) for name in saved.endpoints}
    return compare(expected, {name: ask(name, wire) for name in saved.endpoints})


if __name__ == "__main__":
    main()
