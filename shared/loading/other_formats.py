"""Files that hold data, but are not read: what to do, as a command that works when pasted."""

from __future__ import annotations

import shlex
from pathlib import Path

__all__ = ["OTHER_SUFFIXES", "lines_of_array", "texts_in_folders", "way_out", "ways_out_of"]

_LINES = (
    "import json, sys; [print(json.dumps(row, ensure_ascii=False)) for row in json.load(sys.stdin)]"
)
_TEXTS = (
    "import pathlib, sys, pandas; pandas.DataFrame([(path.read_text('utf-8'), path.parent.name)"
    " for path in sorted(pathlib.Path(sys.argv[1]).glob('*/*.txt'))],"
    " columns=['text', 'label']).to_csv(sys.argv[2], index=False)"
)
_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
_BY_PANDAS = {".feather": "read_feather", ".dta": "read_stata", ".sas7bdat": "read_sas"}
_ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".7z", ".rar")

OTHER_SUFFIXES = (".json", *_SPREADSHEETS, *_BY_PANDAS, *_ARCHIVES)
"""Of files that people give instead of tables and folders."""


def way_out(path: Path) -> str:
    """A sentence that begins with a blank; "" where nothing is known of such a file."""
    suffix = next((item.lower() for item in path.suffixes if item.lower() in OTHER_SUFFIXES), "")
    if not suffix:
        return ""
    stem = path.name[: path.name.lower().index(suffix)]
    given = shlex.quote(str(path))
    unpacked = shlex.quote(str(path.with_name(stem)))
    if suffix == ".json":
        return lines_of_array(path)
    if suffix in _SPREADSHEETS:
        folder = shlex.quote(str(path.parent))
        return (
            " Save the sheet as CSV in your spreadsheet program, or: soffice --headless"
            f" --convert-to csv --outdir {folder} {given}"
        )
    if suffix in _BY_PANDAS:
        code = (
            f"import pandas, sys; pandas.{_BY_PANDAS[suffix]}(sys.argv[1]).to_parquet(sys.argv[2])"
        )
        packed = shlex.quote(str(path.with_name(f"{stem}.parquet")))
        return f" Convert it: python -c {shlex.quote(code)} {given} {packed}"
    if suffix == ".zip":
        return f" Unpack it, and give the folder: python -m zipfile -e {given} {unpacked}"
    if suffix.startswith(".t"):
        return f" Unpack it, and give the folder: mkdir {unpacked} && tar -xf {given} -C {unpacked}"
    return " Unpack it, and give the folder."


def lines_of_array(path: Path) -> str:
    """The same for a file that holds one JSON array."""
    given = shlex.quote(str(path))
    lines = shlex.quote(str(path.with_name(f"{path.name.partition('.')[0]}.lines.jsonl")))
    return f" Of a JSON array, make lines: python -c {shlex.quote(_LINES)} < {given} > {lines}"


def ways_out_of(folder: Path) -> str:
    """The same for the first such file directly in a folder, named; "" if there is none."""
    found = sorted(path for path in folder.iterdir() if path.is_file() and way_out(path))
    return f" {found[0].name} is not read.{way_out(found[0])}" if found else ""


def texts_in_folders(folder: Path) -> str:
    """The same for a folder for each class with a file for each text; "" if it is none."""
    if next(folder.glob("*/*.txt"), None) is None:
        return ""
    given = shlex.quote(str(folder))
    table = shlex.quote(str(folder.with_name(f"{folder.name}.csv")))
    return (
        " Of a folder for each class with a file for each text, make a table:"
        f" python -c {shlex.quote(_TEXTS)} {given} {table}"
    )
