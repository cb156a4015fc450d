"""Thousands of damaged files for every reader.

`make fuzz`, or `python -m tests.fuzz --examples 5000 sound DICOM`.

Each reader runs in a process of its own, so that a decoder that brings its process down is a line
of the table and not its end.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

_HANGS_AFTER_SECONDS = (
    120  # one example; the examination says so earlier, unless a decoder never returns
)


def main() -> int:
    """Print a line for each reader; 1 if any let something through."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", help="names of readers; none: all of them")
    parser.add_argument("--examples", type=int, default=2000, help="damaged files for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        return _fuzz(arguments.readers[0], arguments.examples, arguments.seed)
    from tests.fuzz.readers import all_readers

    names = arguments.readers or list(all_readers())
    print(f"{'reader':<28} {'examples':>9} {'accepted':>9} {'refused':>9} {'seconds':>8}")
    return max(_run_alone(name, arguments.examples, arguments.seed) for name in names)


def _run_alone(name: str, examples: int, seed: int) -> int:
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        name,
        "--alone",
        "--examples",
        str(examples),
        "--seed",
        str(seed),
    ]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode == 0:
        print(finished.stdout.strip().splitlines()[-1], flush=True)
        return 0
    how = f"was ended by signal {-finished.returncode}" if finished.returncode < 0 else "failed"
    print(f"{name:<28} {how}:\n{finished.stdout[-2000:]}\n{finished.stderr[-6000:]}", flush=True)
    return 1


def _fuzz(name: str, examples: int, seed: int) -> int:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    from tests.fuzz.examination import examine
    from tests.fuzz.readers import all_readers

    reader, outcomes, started = all_readers()[name], Counter[str](), time.monotonic()
    warnings.simplefilter("ignore")
    quick: dict[str, Any] = {"deadline": None, "database": None, "phases": [Phase.generate]}
    with tempfile.TemporaryDirectory() as folder:

        @seeded(seed)
        @settings(**quick, max_examples=examples, suppress_health_check=list(HealthCheck))
        @given(content=reader.contents)
        def campaign(content: bytes) -> None:
            faulthandler.dump_traceback_later(_HANGS_AFTER_SECONDS, exit=True)
            outcomes[examine(reader, Path(folder) / "sandbox", content)] += 1
            faulthandler.cancel_dump_traceback_later()

        campaign()
    seconds = time.monotonic() - started
    print(
        f"{name:<28} {outcomes.total():>9,} {outcomes['accepted']:>9,} {outcomes['refused']:>9,}"
        f" {seconds:>8.0f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
