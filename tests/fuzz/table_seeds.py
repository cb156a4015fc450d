"""Small valid tables, texts, series and sounds."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import soundfile

__all__ = [
    "COMPRESSORS",
    "json_lines",
    "parquet_tables",
    "series_tables",
    "series_texts",
    "sounds",
    "text_tables",
]

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}
"""Suffix -> what makes such a file."""

_ROWS = [
    {"text": "a good, very good film", "label": "1", "file": "a.wav", "image": "a"},
    {"text": 'the "worst"\nof all', "label": "0", "file": "b.wav", "image": "b"},
    {"text": "مرحبا e\u0301 👩\u200d👧", "label": "1", "file": "c.wav", "image": "c"},
]


@cache
def text_tables(separator: str) -> tuple[bytes, ...]:
    """With and without quotes, in three encodings, with either line end."""
    table = pd.DataFrame(_ROWS)
    quoted = table.to_csv(index=False, sep=separator)
    plain = table.replace(r'[\n"]', " ", regex=True).to_csv(
        index=False, sep=separator, quoting=3, escapechar="\\"
    )
    texts = (
        (plain, quoted) if separator == "\t" else (quoted, plain)
    )  # tab-separated fields are not quoted
    return tuple(
        text.encode(name)
        for text in (*texts, plain.replace("\n", "\r\n"))
        for name in ("utf-8", "utf-8-sig", "utf-16")
    )


@cache
def json_lines() -> tuple[bytes, ...]:
    """Objects with text, numbers, lists and what is missing."""
    odd: list[dict[str, Any]] = [
        {"text": "good", "label": 1},
        {"text": "bad", "label": None, "tags": ["a", {"b": 1.5}]},
    ]
    return tuple(
        "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
        for rows in (_ROWS, odd)
    )


@cache
def parquet_tables() -> tuple[bytes, ...]:
    """Texts, numbers that are missing, dates, lists; uncompressed and compressed."""
    typed = pd.DataFrame(
        {
            "text": ["a", None, "c"],
            "label": pd.array([1, None, 0], dtype="Int64"),
            "score": [0.5, np.nan, 1.0],
        }
    )
    typed["when"] = pd.date_range("2024-01-01", periods=3)
    typed["tags"] = [["a"], [], ["b", "c"]]
    return tuple(
        _parquet(table, name)
        for table in (pd.DataFrame(_ROWS), typed)
        for name in (None, "snappy", "zstd", "gzip")
    )


@cache
def series_texts() -> tuple[bytes, ...]:
    """Hourly loads, wide and long."""
    return tuple(table.to_csv(index=False).encode() for table in _series())


@cache
def series_tables() -> tuple[bytes, ...]:
    """The same as Parquet."""
    return tuple(_parquet(table, "snappy") for table in _series())


@cache
def sounds() -> tuple[bytes, ...]:
    """WAV in its sample formats, FLAC, OGG and AIFF, mono and stereo."""
    tone = 0.1 * np.sin(np.arange(1200) / 5.0)
    formats = [
        ("WAV", name)
        for name in ("PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM")
    ]
    formats += [("WAVEX", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("AIFF", "PCM_16")]
    made = []
    for kind, subtype in formats:
        for channels, rate_hz in ((1, 8000), (2, 16_000)):
            stream = io.BytesIO()
            soundfile.write(
                stream,
                np.repeat(tone[:, None], channels, axis=1),
                rate_hz,
                format=kind,
                subtype=subtype,
            )
            made.append(stream.getvalue())
    return tuple(made)


def _series() -> tuple[pd.DataFrame, ...]:
    stamps = pd.date_range("2024-03-30", periods=60, freq="h")
    wide = pd.DataFrame(
        {"date": stamps, "north": np.arange(60.0), "south": np.sin(np.arange(60.0))}
    )
    return wide, wide.melt(id_vars="date", var_name="series", value_name="value")


def _parquet(table: pd.DataFrame, compression: Any) -> bytes:
    stream = io.BytesIO()
    table.to_parquet(stream, index=False, compression=compression)
    return stream.getvalue()
