"""Image files on disk: which there are, and by which names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeVar

from pipelines.medical_imaging.reading.dicom import DICOM_SUFFIXES, is_dicom, lacks_mark
from pipelines.medical_imaging.reading.pixels import UnreadableImageError
from shared.contract import Recognition
from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.loading.files.tables import is_table
from shared.loading.files.user_files import ONLY_THE_FORM, files_below, read_file
from shared.loading.recognition import recognise_files
from shared.names import path_key

__all__ = [
    "FoundImages",
    "ImageIndex",
    "digest",
    "find_images",
    "map_in_threads",
    "read_bytes",
    "recognise",
    "sort_files",
]

_NOT_READ = (
    ".webp",
    ".heic",
    ".heif",
    ".avif",
    ".jp2",
    ".j2k",
    ".nii",
    ".nrrd",
    ".mha",
    ".svs",
    ".ndpi",
)
_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", *DICOM_SUFFIXES, *_NOT_READ}
)
_ARCHIVE_SUFFIX = ".npz"  # of MedMNIST
_MARKER_BYTES = 132
_MARKS = (
    *((0, mark) for mark in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")),
    *((0, mark) for mark in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    *((0, b"\0\0\0\x0cjP  "), (0, b"\xff\x4f\xff\x51"), (8, b"WEBP")),
    *((4, b"ftyp" + brand) for brand in (b"heic", b"heix", b"mif1", b"avif")),
)
"""Where in a file which bytes say that it is an image."""
_BITMAP_RESERVED = slice(6, 10)  # zeros in a BMP file, which begins with two letters

Item = TypeVar("Item")
Result = TypeVar("Result")


def recognise(source: str) -> Recognition | None:
    """Images, a MedMNIST archive of them, or a public dataset of images."""
    return recognise_files(source, "images", {*_SUFFIXES, _ARCHIVE_SUFFIX}, _starts_like_an_image)


class FoundImages(NamedTuple):
    """Image files, and the files that are none."""

    images: list[Path]
    others: list[Path]


def find_images(folder: Path, *, besides: Path | None = None) -> list[Path]:
    """All image files below `folder`, as `sort_files` tells them."""
    return sort_files(folder, besides=besides).images


def sort_files(folder: Path, *, besides: Path | None = None) -> FoundImages:
    """All files below `folder`, in order, but for hidden ones and those below `besides`.

    A file is an image by its suffix, or by its first bytes, whatever it is called. Kinds that can't
    be read (WebP, HEIC…) are included, so that they are reported and not overlooked.
    """
    found = FoundImages([], [])
    for path in files_below(folder):
        if besides is not None and besides in path.parents:
            continue
        if path.suffix.lower() in _SUFFIXES or _starts_like_an_image(path):
            found.images.append(path)
        elif path.name != "DICOMDIR" and not is_table(path):
            found.others.append(path)
    return found


def _starts_like_an_image(path: Path) -> bool:
    if path.name == "DICOMDIR" or not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            start = stream.read(_MARKER_BYTES)
    except OSError:
        return False
    is_bitmap = start.startswith(b"BM") and start[_BITMAP_RESERVED] == bytes(4)
    is_named = any(start[place:].startswith(mark) for place, mark in _MARKS)
    return is_bitmap or is_named or is_dicom(start) or lacks_mark(start)


@dataclass(frozen=True)
class ImageIndex:
    """Finds images by the names that tables give them.

    With or without folder, with or without suffix.

    Only files found below the folder can be named, so a table can't reach outside it.

    Attributes:
        folder: Where the images lie.
        paths_by_name: Each name that a table may use -> the files it fits.
    """

    folder: Path
    paths_by_name: dict[str, tuple[Path, ...]]

    @classmethod
    def of(cls, folder: Path, paths: Iterable[Path]) -> ImageIndex:
        """Index `paths`, which lie below `folder`."""
        by_name: dict[str, list[Path]] = {}
        for path in paths:
            relative = path.relative_to(folder)
            for name in {
                relative.as_posix(),
                relative.with_suffix("").as_posix(),
                path.name,
                path.stem,
            }:
                by_name.setdefault(name, []).append(path)
        return cls(folder, {name: tuple(paths) for name, paths in by_name.items()})

    def find(self, name: str) -> Path:
        """The path of the image called `name`.

        Raises:
            UnreadableImageError: There is none, or more than one.
        """
        # Tables written elsewhere often name another folder, as in "images/a.jpg": then the last
        # split decides.
        paths = (
            self.paths_by_name.get(self._relative(name))
            or self.paths_by_name.get(name)
            or self.paths_by_name.get(name.rsplit("/", 1)[-1], ())
        )
        if len(paths) > 1:
            shown = ", ".join(path.relative_to(self.folder).as_posix() for path in paths[:3])
            raise UnreadableImageError(f"several files fit the name {name!r}: {shown}")
        if not paths:
            near = self._in_another_form(name)
            form = f", but {near!r}: {ONLY_THE_FORM}" if near else ""
            raise UnreadableImageError(f"there is no image file {name!r} in {self.folder}{form}")
        return paths[0]

    def _relative(self, name: str) -> str:
        """An absolute path below the folder as seen from it; any other name as it is."""
        path = Path(name)
        folder = self.folder.absolute()
        is_below = path.is_absolute() and path.is_relative_to(folder)
        return path.relative_to(folder).as_posix() if is_below else name

    def _in_another_form(self, name: str) -> str | None:
        """The name of an image that differs from `name` only in its form."""
        key = path_key(name)
        return self._forms.get(key) or self._forms.get(key.rsplit("/", 1)[-1])

    @cached_property
    def _forms(self) -> dict[str, str]:
        return {path_key(name): name for name in self.paths_by_name}


def read_bytes(path: ContentFile) -> bytes:
    """The content of a file.

    Raises:
        UnreadableImageError: It can't be read.
    """
    try:
        return read_file(path)
    except DataError as error:
        raise UnreadableImageError(str(error)) from error


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
