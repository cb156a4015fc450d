"""Are two runs of one configuration the same, file by file? For changes that should change nothing.

    python -m benchmarks.same_artefacts RUN_A RUN_B [--rename OLD=NEW …]

Files must be the same bytes. Tables and JSON are compared by content, so that keys, columns and
words which were renamed on purpose can be named. Of Keras files, the names of Python modules and
the memory addresses that Keras writes into them do not count.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

__all__ = ["differing_files"]

_LEFT_OUT = {
    ".stages": "fingerprints of the source code",
    "checkpoints": "fingerprints of the source code",
    "tensorboard": "times",
    "train.json": "times",
    "explanations_timing.json": "times",
    "environment.json": "the revision of the source tree",
    "saved_model": "TensorFlow numbers its functions anew; parity.json is compared",
    "report.html": "times; all its other numbers stand in the files that are compared",
    "report.json": "the day and the revision; likewise",
}
_NOT_OF_THE_MODEL = {"module", "shared_object_id", "date_saved"}


def differing_files(first: Path, second: Path, renamed: dict[str, str]) -> list[str]:
    """Paths that one run lacks, or whose content differs.

    Args:
        first: A run directory.
        second: Another one.
        renamed: Old word -> new word, for the keys, columns and texts of `first`.
    """
    files = {_rename(str(path), renamed): first / path for path in _files(first)}
    others = {str(path): second / path for path in _files(second)}
    lacking = sorted(files.keys() ^ others.keys())
    shared = sorted(files.keys() & others.keys())
    differing = [
        name for name in shared if _content(files[name], renamed) != _content(others[name], {})
    ]
    return lacking + differing


def _files(run: Path) -> list[Path]:
    paths = (path.relative_to(run) for path in run.rglob("*") if path.is_file())
    return [path for path in paths if path.parts[0] not in _LEFT_OUT]


def _content(path: Path, renamed: dict[str, str]) -> Any:
    match path.suffix:
        case ".json":
            return json.loads(_rename(path.read_text(encoding="utf-8"), renamed))
        case ".parquet":
            return json.loads(
                _rename(
                    pd.read_parquet(path).to_json(double_precision=15, date_format="iso"), renamed
                )
            )
        case ".keras":
            return _keras_content(path)
        case _:
            return path.read_bytes()


def _keras_content(path: Path) -> list[Any]:
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        return [_without_names(config), archive.read("model.weights.h5")]


def _without_names(config: Any) -> Any:
    if isinstance(config, dict):
        kept = {key: value for key, value in config.items() if key not in _NOT_OF_THE_MODEL}
        return {key: _without_names(value) for key, value in kept.items()}
    return [_without_names(item) for item in config] if isinstance(config, list) else config


def _rename(text: str, renamed: dict[str, str]) -> str:
    for old, new in renamed.items():
        text = text.replace(old, new)
    return text


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs=2, type=Path)
    parser.add_argument("--rename", action="append", default=[], metavar="OLD=NEW")
    given = parser.parse_args()
    renamed = dict(item.split("=", 1) for item in given.rename)
    first, second = given.runs
    differing = differing_files(first, second, renamed)
    print(*differing, f"{len(differing)} files differ.", sep="\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(_main())
