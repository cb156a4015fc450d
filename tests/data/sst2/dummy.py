"""Writes `data/sst2/dummy_data`: sentences from a template. `python -m tests.data.sst2.dummy`."""

from __future__ import annotations

from itertools import product
from pathlib import Path

__all__ = ["write_dummy"]

_THINGS = ("dummy film", "dummy plot", "dummy song", "dummy cast", "dummy scene", "dummy end")
_QUALITIES = {"1": ("fine", "warm", "bright", "clever"), "0": ("dull", "cold", "flat", "silly")}


def write_dummy(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sentences = [
        f"the {thing} is {quality} .\t{label}"
        for thing, place in product(_THINGS, range(4))
        for label in "10"
        for quality in [_QUALITIES[label][place]]
    ]
    for name, part in (
        ("train.tsv", sentences[:32]),
        ("dev.tsv", sentences[32:40]),
        ("test.tsv", sentences[40:]),
    ):
        (folder / name).write_text("\n".join(part) + "\n")
    (folder / "README.md").write_text("Sentences from a template (tests/data/sst2/dummy.py).\n")


if __name__ == "__main__":
    write_dummy(Path("data/sst2/dummy_data"))
