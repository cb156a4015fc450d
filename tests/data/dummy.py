"""Dummy data: openly fake, because it is what its generator writes and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image

__all__ = ["assert_is_generated", "read_examples"]


def assert_is_generated(committed: Path, write: Callable[[Path], None], folder: Path) -> None:
    write(folder)
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    assert names == sorted(
        path.relative_to(committed).as_posix() for path in committed.rglob("*") if path.is_file()
    )
    assert [name for name in names if _content(committed / name) != _content(folder / name)] == []


def read_examples(builder: Any) -> dict[str, list[dict[str, Any]]]:
    """All examples of a prepared builder as plain values, whichever format it is prepared in.

    None for NaN, which equals nothing.
    """
    images = [
        name
        for name, feature in builder.info.features.items()
        if isinstance(feature, tfds.features.Image)
    ]
    decoders = {
        name: tfds.decode.SkipDecoding() for name in images
    }  # two decoders round JPEG in two ways
    random_access = builder.info.file_format.value == "array_record"
    parts = {
        split: (
            builder.as_data_source(split=split, decoders=decoders)
            if random_access
            else tfds.as_numpy(builder.as_dataset(split=split, decoders=decoders))
        )
        for split in builder.info.splits
    }
    return {
        split: [{name: _plain(value) for name, value in example.items()} for example in part]
        for split, part in parts.items()
    }


def _content(path: Path) -> Any:
    """What a file says: compressors of two machines may write the same in different bytes."""
    if path.suffix == ".npz":
        with np.load(path) as archive:
            return {name: archive[name].tolist() for name in archive.files}
    if path.suffix == ".png":
        with Image.open(path) as image:
            return np.asarray(image).tolist()
    return path.read_bytes()


def _plain(value: Any) -> Any:
    plain = np.asarray(value).tolist()
    return None if plain != plain else plain
