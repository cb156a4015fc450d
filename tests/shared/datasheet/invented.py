"""Small splits whose flaws are known."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import soundfile
from numpy.typing import NDArray
from PIL import Image

from shared.contract import ContentKind, Examples, Problem, Provenance, Splits
from shared.datasheet.datasheet import make_datasheet
from shared.targets import Categories, Horizon
from shared.targets.predictions import ForecastContext

__all__ = [
    "Part",
    "described",
    "encode_image",
    "encode_sound",
    "forecast_splits",
    "kind_of",
    "make_image",
    "make_sound",
    "make_splits",
]

PROVENANCE = Provenance("Invented", "demo", "1", "CC0-1.0", "", "ab" * 32, synthetic=False)


@dataclass(frozen=True)
class Part:
    """Rows of one part: contents, class indices, entities (each row its own by default) and groups."""

    contents: Sequence[Any] | NDArray[Any]
    labels: Sequence[int]
    entities: Sequence[str] = ()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


def make_splits(train: Part, val: Part, test: Part, quarantine: tuple[Problem, ...] = ()) -> Splits:
    target = Categories(names=("no", "yes"))
    return Splits(
        _examples("train", train),
        _examples("val", val),
        _examples("test", test),
        target,
        PROVENANCE,
        quarantine,
        content=kind_of(train.contents[0]),
    )


def kind_of(content: Any) -> ContentKind:
    """What a pipeline would declare."""
    if isinstance(content, np.ndarray):
        return "numbers"
    if isinstance(content, str):
        return "text"
    return "sound" if content[:4] == b"RIFF" and content[8:12] == b"WAVE" else "image"


def described(splits: Splits, *, allow_leakage: bool = False) -> dict[str, Any]:
    """The datasheet as JSON holds it."""
    return make_datasheet(splits, allow_leakage=allow_leakage).model_dump(mode="json")


def _examples(name: str, part: Part) -> Examples:
    num_rows = len(part.contents)
    contents = (
        part.contents if isinstance(part.contents, np.ndarray) else np.empty(num_rows, dtype=object)
    )
    contents[:] = part.contents
    entities = part.entities or [f"{name}-{row}" for row in range(num_rows)]
    groups = pd.DataFrame(dict(part.groups) or {"place": ["here"] * num_rows}, dtype=object)
    return Examples(
        ids=np.array([f"{name}{row}" for row in range(num_rows)]),
        entities=np.array(entities),
        targets=np.array(part.labels, dtype=np.int64),
        groups=groups,
        rows=lambda indices: {"content": contents[indices]},
    )


def make_image(seed: int) -> NDArray[np.uint8]:
    """A smooth random image, (96, 96, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 256, size=(6, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((96, 96), Image.Resampling.BICUBIC))


def encode_image(
    pixels: NDArray[np.uint8], *, format_name: str = "PNG", quality: int = 90
) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format_name, quality=quality)
    return stream.getvalue()


def make_sound(seed: int) -> NDArray[np.float64]:
    """Half a second of four gliding tones at 8 kHz, (4000,)."""
    generator = np.random.default_rng(seed)
    time = np.arange(4000) / 8000.0
    tones = [
        np.sin(2 * np.pi * (start * time + slide * time**2))
        * np.exp(-(((time - place) / 0.15) ** 2))
        for start, slide, place in zip(
            generator.uniform(200, 2500, 4),
            generator.uniform(-300, 1200, 4),
            generator.uniform(0.05, 0.45, 4),
            strict=True,
        )
    ]
    return np.asarray(0.2 * np.sum(tones, axis=0) + 0.002 * generator.normal(size=4000))


def encode_sound(samples: NDArray[np.float64], rate_hz: int = 8000) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate_hz, format="WAV", subtype="PCM_16")
    return stream.getvalue()


def forecast_splits(*, missing_at: Sequence[int] = (), lift: float = 0.0) -> Splits:
    """Two series of 40, 20 and 20 hourly steps, windows of 4 steps.

    `lift` is added to the test split.
    """
    target = Horizon(
        steps=4, channels=("value",), unit="kW", quantiles=(), step_seconds=3600, season_steps=4
    )
    train, val, test = (
        _windows(0, 40, missing_at, 0.0),
        _windows(40, 60, missing_at, 0.0),
        _windows(60, 80, missing_at, lift),
    )
    return Splits(train, val, test, target=target, provenance=PROVENANCE)


def _windows(first: int, stop: int, missing_at: Sequence[int], lift: float) -> Examples:
    steps = np.arange(80)
    values = np.stack([(10.0 * number + np.sin(steps)) for number in (1, 2)]).astype(
        np.float32
    ) + np.float32(lift)
    values[:, list(missing_at)] = np.nan
    starts = np.arange(first, stop - 3)
    owners, places = np.repeat([0, 1], len(starts)), np.tile(starts, 2)
    targets = np.stack(
        [
            values[owner, place : place + 4, None]
            for owner, place in zip(owners, places, strict=True)
        ]
    )
    moments = np.datetime64("2024-01-01T00:00:00", "s") + places.astype("timedelta64[h]")
    level = (10.0 * (owners + 1)).astype(np.float32)[:, None]
    ones = np.ones((len(owners), 1), np.float32)
    context = ForecastContext(
        moments, np.zeros((len(owners), 4, 1), np.float32), level, ones, ones, ones
    )
    ids = np.array([f"s{owner}@{moment}" for owner, moment in zip(owners, moments, strict=True)])
    entities = np.array([f"block {place // 4 * 4}" for place in places])
    return Examples(
        ids,
        entities,
        targets,
        pd.DataFrame({"hour": [str(place % 24) for place in places]}),
        lambda _: {},
        forecast=context,
    )
