"""Check 14: the page that people read."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from shared.run.directory import RunDirectory
from shared.targets import Categories
from tests.contract.case import Case
from tests.contract.checks.html_page import HtmlPage, read_page

__all__ = ["check_report"]

_PAYLOAD = '"><x-evil onclick=alert(1)>'
"""Put before every name that comes from the data; it leaves an attribute and opens an element
wherever it is not escaped."""

_OWN_WORD = "none"
"""A group may be called so, and so is a kind of calibration, which nobody names."""


def check_report(case: Case) -> None:
    """One file that loads nothing; every metric with n, interval and unit.

    Names from the data are text, whatever they hold.
    """
    run = case.run("report")
    page = read_page(run / "report.html")
    _check_self_contained(page)
    _check_metrics_shown(page, run.read_json("metrics.json", maker="evaluate"))
    assert case.pipeline.title in page.text, (
        f"the report must open with the title {case.pipeline.title!r}"
    )
    is_marked = re.search("synthetic", page.text, re.IGNORECASE)
    assert is_marked, "the report must say that the data is synthetic"

    hostile = case.copy_of("report", "hostile-names")
    _make_names_hostile(case, hostile)
    case.call_stage("report", hostile)
    attacked = read_page(hostile / "report.html")
    assert "x-evil" not in attacked.tags, (
        "a name from the data became an element of the page: it was not escaped"
    )
    assert _PAYLOAD in attacked.text, (
        "names from the data do not appear in the report as they are written"
    )
    assert not attacked.handlers, f"a name from the data became a script: {attacked.handlers}"
    _check_self_contained(attacked)


def _check_self_contained(page: HtmlPage) -> None:
    outside = [value for value in page.loads if not value.startswith(("data:", "#"))]
    assert not outside, f"the report loads from outside of itself: {outside[:3]}"
    styled = re.findall(r"@import[^;]*|url\((?!['\"]?(?:data:|#))[^)]*\)", page.style)
    assert not styled, f"a style sheet loads from outside: {styled[:3]}"
    scripts = [link for link in page.links if link.lower().lstrip().startswith("javascript:")]
    assert not scripts, f"links that run scripts: {scripts[:3]}"
    _check_scripts(page)


def _check_scripts(page: HtmlPage) -> None:
    """Data, and the page's one script, which its policy names by content."""
    run = [text for kind, text in page.scripts if kind != "application/json"]
    allowed = [sha256(text.encode()).digest() for text in run]
    named = [f"script-src 'sha256-{b64encode(digest).decode()}'" for digest in allowed]
    assert len(run) <= 1 and all(name in page.policy for name in named), (
        f"the report runs {len(run)} scripts, which its policy does not name: {page.policy}"
    )
    assert page.policy.startswith("default-src 'none';"), (
        f"the report's policy must begin with allowing nothing: {page.policy}"
    )


def _check_metrics_shown(page: HtmlPage, metrics: dict[str, Any]) -> None:
    for name, entry in metrics["metrics"].items():
        # The whole sentence: "mean absolute error" also begins the description of the standardised
        # one.
        sentence = re.compile(re.escape(entry["describe"]) + r"(\.|$)")
        rows = [cells for cells in page.rows if any(sentence.search(cell) for cell in cells)]
        assert rows, f"no table row of the report explains {name}: {entry['describe']!r}"
        cells = rows[0]
        assert any(cell.strip() == f"{metrics['n']:,}" for cell in cells), (
            f"{name} is shown without n = {metrics['n']}: {cells}"
        )
        assert any(cell.strip() == entry["unit"] for cell in cells), (
            f"{name} is shown without its unit {entry['unit']!r}: {cells}"
        )
        if entry["ci_low"] is not None:
            assert any(re.search(r"\d.* to .*\d", cell) for cell in cells), (
                f"{name} is shown without its interval: {cells}"
            )


def _make_names_hostile(case: Case, run: RunDirectory) -> None:
    """Rewrite the report's inputs as if classes, channels, groups, ids and segments had been named by an attacker."""
    splits = case.splits
    target = splits.target
    names = set(target.names) if isinstance(target, Categories) else {*target.channels, target.unit}
    for attribute in splits.test.groups.columns:
        names |= {
            str(attribute),
            *(
                value
                for part in splits.by_split().values()
                for value in part.groups[attribute].unique()
            ),
        }
    names = (names | {splits.provenance.name, *splits.test.ids.tolist()}) - {"", _OWN_WORD}
    for path in sorted(run.path.glob("*.json")):
        run.write_json(path.name, _renamed(run.read_json(path.name, maker="any"), names))
    table = run.read_table("fairness.parquet", maker="fairness")
    run.write_table(
        "fairness.parquet",
        table.assign(**{key: _prefixed(table[key]) for key in ("attribute", "group")}),
    )
    for path in sorted((run / "explanations").glob("*.npz")):
        _rename_arrays(path)


def _renamed(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        # Keys are names from the data only where all are; elsewhere they are the file's own words,
        # which a channel may share.
        by_name = bool(value) and value.keys() <= names
        return {
            _renamed(key, names) if by_name else key: _renamed(item, names)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return _PAYLOAD + value if isinstance(value, str) and value in names else value


def _rename_arrays(path: Path) -> None:
    with np.load(path) as arrays:
        changed = {
            name: np.array(_prefixed(values)) if values.dtype.kind == "U" else values
            for name, values in arrays.items()
        }
    np.savez_compressed(path, allow_pickle=False, **changed)


def _prefixed(values: Iterable[Any]) -> list[str]:
    return [f"{_PAYLOAD}{value}" for value in values]
