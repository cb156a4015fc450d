"""All runs below a folder, in a few facts each: read leniently, for runs of other versions too."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.run.files import CONFIG, METRICS, REPORT

__all__ = ["ListedRun", "PrimaryValue", "RunList", "find_runs"]

_REPORT_RECORD = "report.json"
_NAMED_BY_TIME = re.compile(r"(\d{8}-\d{6})\b")
_LARGEST_FILE_BYTES = 50 * 2**20


@dataclass(frozen=True)
class PrimaryValue:
    """The primary metric of a run.

    Attributes:
        metric: Its name.
        value: On the test split.
        low: Lower end of its interval; None without one.
        high: Upper end.
        unit: As in `metrics.json`.
        better: The direction that is better.
        n: Test rows.
    """

    metric: str
    value: float
    low: float | None
    high: float | None
    unit: str
    better: str
    n: int


@dataclass(frozen=True)
class ListedRun:
    """One run.

    Attributes:
        path: Relative to the folder.
        pipeline: Whose run it is.
        preset: Of its configuration.
        source: Of its data.
        made_at: Told by its name, else by the time of its newest file of results.
        synthetic: Whether its data is generated.
        primary: None if it is not finished.
        has_report: Whether there is a report to link to.
        verdict: Of `report.json`; None where that has none.
        is_latest: Whether `latest` points to it.
    """

    path: str
    pipeline: str
    preset: str
    source: str
    made_at: datetime
    synthetic: bool
    primary: PrimaryValue | None
    has_report: bool
    verdict: str | None
    is_latest: bool


@dataclass(frozen=True)
class RunList:
    """What was found below a folder.

    Attributes:
        runs: The newest first.
        skipped: Folders that are no run, or a broken one.
    """

    runs: tuple[ListedRun, ...]
    skipped: tuple[str, ...]


def find_runs(folder: Path) -> RunList:
    """The runs in a folder, or in its folders: `<run>` and `<pipeline>/<run>`.

    Args:
        folder: Such as `runs`; links in it are not followed.
    """
    runs = []
    skipped = []
    for place in _candidates(folder):
        name = place.relative_to(folder).as_posix()
        try:
            runs.append(_read_run(place, name))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            skipped.append(name)
    runs.sort(key=lambda run: (run.made_at, run.path), reverse=True)
    return RunList(tuple(runs), tuple(sorted(skipped)))


def _candidates(folder: Path) -> Iterator[Path]:
    """Runs, and what lies where a run should."""
    for child in _folders(folder):
        if (child / CONFIG).exists():
            yield child
        else:
            yield from _folders(child)


def _folders(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return []
    return [
        item
        for item in inside
        if item.is_dir() and not item.is_symlink() and not item.name.startswith(".")
    ]


def _read_run(place: Path, name: str) -> ListedRun:
    config = _read(place / CONFIG)
    metrics = place / METRICS
    configured = {key: str(config[key]) for key in ("pipeline", "preset")}
    source = str(config["data"]["source"])
    return ListedRun(
        path=name,
        **configured,
        source=source,
        made_at=_made_at(place),
        synthetic=source == "demo",  # data.json would say it too, and is large
        primary=_primary(_read(metrics)) if metrics.exists() else None,
        has_report=(place / REPORT).is_file(),
        verdict=_verdict(place / _REPORT_RECORD),
        is_latest=_is_latest(place),
    )


def _read(path: Path) -> Mapping[str, Any]:
    if path.stat().st_size > _LARGEST_FILE_BYTES:
        raise ValueError(f"{path} is too large")
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _primary(metrics: Mapping[str, Any]) -> PrimaryValue | None:
    name = str(metrics["primary_metric"])
    entry = metrics["metrics"][name]
    if entry["value"] is None:
        return None
    value = float(entry["value"])
    if not math.isfinite(value):
        raise ValueError(f"{name} is no number")
    low, high = (_number(entry[end]) for end in ("ci_low", "ci_high"))
    return PrimaryValue(
        metric=name,
        value=value,
        low=low,
        high=high,
        unit=str(entry["unit"]),
        better=str(entry["better"]),
        n=int(metrics["n"]),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _verdict(path: Path) -> str | None:
    """A run without the file, or of a version that writes no verdict, has none."""
    try:
        verdict = _read(path).get("verdict")
    except (OSError, ValueError, AttributeError):
        return None
    if isinstance(verdict, Mapping):
        verdict = verdict.get("use") or verdict.get("verdict")
    return str(verdict) if verdict else None


def _made_at(place: Path) -> datetime:
    named = _NAMED_BY_TIME.match(place.name)
    if named is not None:
        try:
            return datetime.strptime(named.group(1), "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        except ValueError:  # digits that are no date
            pass
    written = [place / name for name in (REPORT, METRICS, CONFIG) if (place / name).exists()]
    return datetime.fromtimestamp(written[0].stat().st_mtime, UTC)


def _is_latest(place: Path) -> bool:
    latest = place.parent / "latest"
    return latest.is_symlink() and latest.resolve() == place.resolve()
