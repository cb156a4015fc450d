"""Make the published runs and write their tables into the pages.

    make results DATA=FOLDER [ONLY=sst2]

FOLDER holds the datasets under the names of `protocols.py`. A run that is up to date is kept.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path

from benchmarks.results.pages import with_tables
from benchmarks.results.protocols import PROTOCOLS, train
from benchmarks.results.tables import TABLES, overview

__all__ = ["main"]

_PAGES = (Path("README.md"), Path("docs/results.md"))


def main() -> None:
    """Train, then write."""
    names = [protocol.name for protocol in PROTOCOLS]
    parser = argparse.ArgumentParser(prog="make results", description="Results on real data.")
    parser.add_argument("datasets", type=Path, help="the folder that holds all datasets")
    parser.add_argument("--only", choices=names, action="append", help="one result")
    arguments = parser.parse_args()
    chosen = arguments.only or names
    for protocol in PROTOCOLS:
        if protocol.name in chosen:
            train(protocol, arguments.datasets)
    for page in _PAGES:
        text = page.read_text(encoding="utf-8")
        page.write_text(with_tables(text, lambda name: _table(name, chosen)), encoding="utf-8")


def _table(name: str, chosen: Collection[str]) -> str | None:
    if name == "overview":
        return overview(PROTOCOLS) if all(one.run.has("report.html") for one in PROTOCOLS) else None
    of_protocol, _, kind = name.partition("/")
    by_name = {one.name: one for one in PROTOCOLS}
    return TABLES[kind](by_name[of_protocol]) if of_protocol in chosen else None


if __name__ == "__main__":
    main()
