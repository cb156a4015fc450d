"""A gallery of invented examples, in every medium."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from shared.run.artefacts.gallery_file import Gallery, GalleryItem, ItemKind, Medium
from shared.run.directory import RunDirectory
from shared.targets import Categories, Target

__all__ = ["write_gallery"]

_SHOWN: tuple[tuple[ItemKind, Medium], ...] = (
    ("confident mistake", "image"),
    ("confident mistake", "sound"),
    ("least sure", "text"),
    ("right", "none"),
)


def write_gallery(run: RunDirectory, target: Target, groups: dict[str, str], text: str) -> None:
    """One example in each medium; `text` stands in every name."""
    (run / "gallery").mkdir(exist_ok=True)
    items = []
    if isinstance(target, Categories):
        for place, (kind, medium) in enumerate(_SHOWN):
            file = {"image": f"gallery/{place}.jpg", "sound": f"gallery/{place}.wav"}.get(
                medium, ""
            )
            if file:
                (run / file).write_bytes(_jpeg() if medium == "image" else b"RIFF")
            items.append(
                GalleryItem(
                    id=f"test-{place:04d}{text}",
                    kind=kind,
                    decided=target.names[0],
                    probability=0.9,
                    truth=target.names[kind != "right"],
                    truth_probability=0.1,
                    groups=groups,
                    medium=medium,
                    file=file,
                    text=f"a review{text}" if medium == "text" else "",
                )
            )
    Gallery(n=160, num_mistakes=2, items=tuple(items)).write(run)


def _jpeg() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), 90, np.uint8)).save(file, "JPEG")
    return file.getvalue()
