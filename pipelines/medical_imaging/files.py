"""Image files on disk: which there are, and whether the deployed graph can read them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image

from pipelines.medical_imaging.preprocess import IMAGE_BYTES
from shared.contract import Rows
from shared.errors import DataError

__all__ = [
    "ImageIndex",
    "UnreadableImageError",
    "decode_checked",
    "digest",
    "find_images",
    "map_in_threads",
    "read_bytes",
    "rows_from_files",
]

_READABLE = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".gif": "GIF", ".bmp": "BMP"}
_OTHER_IMAGES = {".tif", ".tiff", ".webp", ".dcm", ".heic", ".jp2"}

Item = TypeVar("Item")
Result = TypeVar("Result")


class UnreadableImageError(ValueError):
    """One picture can't be used; the message says why in half a sentence. Callers turn it into a `Problem`."""


def find_images(folder: Path, *, besides: Path | None = None) -> list[Path]:
    """All image files below `folder`, sorted, without hidden ones and without those below `besides`.

    Kinds that the deployed graph can't read (TIFF, DICOM…) are included, so that they are reported and not overlooked.
    """
    suffixes = _READABLE.keys() | _OTHER_IMAGES
    found = []
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        aside = besides is not None and besides in path.parents
        if path.suffix.lower() in suffixes and not hidden and not aside and path.is_file():
            found.append(path)
    return found


@dataclass(frozen=True)
class ImageIndex:
    """Finds pictures by the names that tables give them: with or without folder, with or without suffix.

    Only files found below the folder can be named, so a table can't reach outside it.

    Attributes:
        folder: Where the pictures lie.
        paths_by_name: Each name that a table may use -> the files it fits.
    """

    folder: Path
    paths_by_name: dict[str, tuple[Path, ...]]

    @classmethod
    def of(cls, folder: Path, paths: Iterable[Path]) -> ImageIndex:
        """Index `paths`, which lie below `folder`."""
        by_name: dict[str, tuple[Path, ...]] = {}
        for path in paths:
            relative = path.relative_to(folder)
            for name in {relative.as_posix(), relative.with_suffix("").as_posix(), path.name, path.stem}:
                by_name[name] = (*by_name.get(name, ()), path)
        return cls(folder, by_name)

    def find(self, name: str) -> Path:
        """The path of the picture called `name`.

        Raises:
            UnreadableImageError: There is none, or more than one.
        """
        # Tables written elsewhere often name another folder, as in "images/a.jpg": then the last part decides.
        paths = self.paths_by_name.get(name) or self.paths_by_name.get(name.rsplit("/", 1)[-1], ())
        if len(paths) > 1:
            shown = ", ".join(path.relative_to(self.folder).as_posix() for path in paths[:3])
            raise UnreadableImageError(f"several files fit the name {name!r}: {shown}")
        if not paths:
            raise UnreadableImageError(f"there is no image file {name!r} in {self.folder}")
        return paths[0]


def decode_checked(content: bytes, *, limit_px: int) -> NDArray[np.uint8]:
    """Decode a file as the deployed graph will, after a look at its header.

    The header comes first, so that a decompression bomb is refused before it unfolds.

    Args:
        content: The file's bytes.
        limit_px: Largest number of pixels.

    Returns:
        (height, width, 3) uint8.

    Raises:
        UnreadableImageError: The graph can't read it.
    """
    kind = _checked_kind(content, limit_px)
    try:
        return np.asarray(tf.io.decode_image(content, channels=3, expand_animations=False))
    except tf.errors.InvalidArgumentError as error:
        raise UnreadableImageError(f"its {kind} data is truncated or damaged") from error


def _checked_kind(content: bytes, limit_px: int) -> str:
    if not content:
        raise UnreadableImageError("the file is empty")
    try:
        with Image.open(BytesIO(content)) as image:
            kind, (width, height) = image.format, image.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImageError(f"it has more than the permitted {limit_px:,} pixels") from error
    except (OSError, ValueError) as error:
        raise UnreadableImageError("it is not an image, or its header is damaged") from error
    if kind not in _READABLE.values():
        raise UnreadableImageError(f"it is a {kind} image; JPEG, PNG, GIF and BMP can be read: convert it")
    if width * height > limit_px:
        raise UnreadableImageError(f"it has {width} × {height} pixels, more than the permitted {limit_px:,}")
    return str(kind)


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        UnreadableImageError: It can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(f"it can't be read ({error.strerror})") from error


def rows_from_files(paths: Sequence[Path]) -> Callable[[NDArray[np.int64]], Rows]:
    """A function from indices into `paths` to a wire batch `image_bytes` (m,) object; it raises DataError if a file has gone."""

    def rows(indices: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        contents = np.empty(len(indices), dtype=object)
        for position, index in enumerate(indices):
            try:
                contents[position] = read_bytes(paths[index])
            except UnreadableImageError as error:
                raise DataError(f"{paths[index]}: {error}. It was there when the data was read first.") from error
        return {IMAGE_BYTES: contents}

    return rows


def map_in_threads(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """`function` of each item, in order; reading and decoding release Python's lock."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(function, items))


def digest(*contents: bytes) -> str:
    """SHA-256 (hex) of files' contents, one after another."""
    sha256 = hashlib.sha256()
    for content in contents:
        sha256.update(content)
    return sha256.hexdigest()
