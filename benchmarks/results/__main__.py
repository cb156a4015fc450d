"""Make the published runs and write their tables into the pages.

    make results DATA=FOLDER [ONLY=sst2]

FOLDER holds the datasets under the names of `protocols.py`. A run that is up to date is kept. What
a benchmark prints is written only by its name, `ONLY=planted_bias`, since some take an hour.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path

from benchmarks.results.pages import marked_tables, with_tables
from benchmarks.results.printed import printed_again
from benchmarks.results.protocols import PROTOCOLS, train
from benchmarks.results.tables import TABLES, overview

__all__ = ["PAGES", "main"]

PAGES = (Path("README.md"), Path("docs/results.md"), Path("benchmarks/README.md"))
"""All pages with tables that programs write."""


def main() -> None:
    """Train, then write."""
    parser = argparse.ArgumentParser(prog="make results", description="Results on real data.")
    parser.add_argument("datasets", type=Path, help="the folder that holds all datasets")
    parser.add_argument("--only", action="append", help="one result or one benchmark")
    arguments = parser.parse_args()
    chosen = arguments.only or [protocol.name for protocol in PROTOCOLS]
    if unknown := sorted(set(chosen) - _known_names()):
        parser.error(
            f"unknown: {', '.join(unknown)}; known are {', '.join(sorted(_known_names()))}"
        )
    for protocol in PROTOCOLS:
        if protocol.name in chosen:
            train(protocol, arguments.datasets)
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        written = with_tables(text, lambda name, table: _table(name, table, chosen))
        page.write_text(written, encoding="utf-8")


def _known_names() -> set[str]:
    """Results, and benchmarks whose print stands in a page."""
    pages = [page.read_text(encoding="utf-8") for page in PAGES]
    tables = [found for page in pages for found in marked_tables(page)]
    printed = {name for name, _, table in tables if table.startswith("```console")}
    return printed | {protocol.name for protocol in PROTOCOLS}


def _table(name: str, present: str, chosen: Collection[str]) -> str | None:
    if name == "overview":
        return overview(PROTOCOLS, present)
    if "/" not in name:
        return printed_again(present) if name in chosen else None
    of_protocol, _, kind = name.partition("/")
    by_name = {one.name: one for one in PROTOCOLS}
    return TABLES[kind](by_name[of_protocol]) if of_protocol in chosen else None


if __name__ == "__main__":
    main()
