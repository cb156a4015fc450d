"""How much data does a problem need? Draws of few labels, and what network and floor learn of them.

    python -m benchmarks.few_labels sentiment --preset sst2 --data sst2 --fractions 0.01 0.03 0.1
    python -m benchmarks.few_labels --write

The first command trains and keeps a curve in `runs/few_labels/`; `--write` draws all curves that
are there into `docs/few_labels.svg` and their table into `docs/results.md`.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from benchmarks.few_labels.curves import Curves, Point
from benchmarks.few_labels.page import write_page
from benchmarks.few_labels.trainings import Asked, learn

__all__ = ["main"]


def main() -> None:
    """Train and keep, or write what was kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pipeline", nargs="?")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--data", default="demo")
    parser.add_argument("--fractions", type=float, nargs="+", default=[0.01, 0.03, 0.1, 0.3, 1.0])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--pretrained", metavar="FOLDER", help="an encoder for a third curve")
    parser.add_argument("--longest", type=float, default=3.0, help="times the preset's epochs")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.write:
        write_page()
        return
    if given.pipeline is None:
        parser.error("name a pipeline, or give --write")
    _learn(given)


def _learn(given: argparse.Namespace) -> None:
    asked = Asked(given.pipeline, given.preset, given.data, tuple(given.set), given.longest)
    name = given.pipeline if given.preset == "default" else given.preset
    found: list[Point] = []
    for encoder in (None, given.pretrained) if given.pretrained else (None,):
        for point, tested in learn(asked, given.fractions, given.draws, encoder=encoder):
            found.append(point)
            curves = Curves(
                name=name, command=_command(given), test_rows=tested, points=tuple(found)
            )
            _keep(curves)


def _keep(curves: Curves) -> None:
    """After each fraction, so that an end before the last one loses little."""
    folder = Path(Curves.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{curves.name}.json").write_text(curves.model_dump_json(indent=2), encoding="utf-8")


def _command(given: argparse.Namespace) -> str:
    """What a reader types: with the name of the data's folder only."""
    words = [given.pipeline, f"--preset={given.preset}", f"--data={Path(given.data).name}"]
    words += ["--fractions", *(f"{fraction:g}" for fraction in given.fractions)]
    if given.pretrained is not None:
        words.append(f"--pretrained={Path(given.pretrained).name}")
    words += [f"--longest={given.longest:g}", *(f"--set={one}" for one in given.set)]
    return f"python -m benchmarks.few_labels {shlex.join(words)}"


if __name__ == "__main__":
    main()
