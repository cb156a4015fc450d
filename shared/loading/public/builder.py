"""The base of this repository's TFDS builders.

From a download, or from files that are already there.
"""

from __future__ import annotations

import abc
import inspect
import json
import socket
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError
from tensorflow_datasets.core.download.extractor import ExtractError, UnsafeArchiveError

from shared.config.setting_text import set_option
from shared.errors import DataError
from shared.loading.public.card import FileChecksum
from shared.loading.public.description import Description
from shared.loading.public.raw_files import file_checksum

__all__ = ["PublicDatasetBuilder"]

_SHOWN_CHARACTERS = 160
_HTTPS_PORT = 443
_SECONDS_TO_ANSWER = 15.0
_EXTRACTED = {
    ".zip": tfds.download.ExtractMethod.ZIP,
    ".tar.gz": tfds.download.ExtractMethod.TAR_GZ,
}


class _LocalInfo(tfds.core.DatasetInfo):
    """What the builder says of itself, and nobody else.

    TFDS would ask its own bucket, over the network, for a dataset of the same name.
    """

    def initialize_from_bucket(self) -> None:
        """Nothing is asked, and no temporary folder is left behind."""


class PublicDatasetBuilder(  # type: ignore[call-arg]  # TFDS is untyped
    tfds.core.GeneratorBasedBuilder, skip_registration=True
):
    """A TFDS builder that reads the same raw files, downloaded by TFDS or the user's own.

    A subclass names its `DESCRIPTION`, says what to download, and yields examples from the files
    that `DESCRIPTION.find_files` found. Examples keep the order in which they are generated, so
    that the same data has the same order by path and by TFDS.

    Args:
        manual_dir: The user's own copy of the raw files; None downloads them.
        **arguments: As for every TFDS builder: `data_dir`, `config`, `version`.
    """

    DESCRIPTION: ClassVar[Description]

    def __init__(self, *, manual_dir: Path | None = None, **arguments: Any) -> None:
        self._manual_dir = manual_dir
        super().__init__(**arguments)

    @tfds.core.utils.classproperty
    @classmethod
    def code_path(cls) -> Any:
        """Where the builder's module lies.

        TFDS 4.9.10 looks it up through importlib_resources, which it forgets to require.
        """
        return tfds.core.Path(inspect.getfile(cls))

    def dataset_info_from_configs(self, **fields: Any) -> Any:
        """As TFDS', but without a look at its bucket."""
        metadata = self.get_metadata()
        return _LocalInfo(
            builder=self, **fields, description=metadata.description, citation=metadata.citation
        )

    @property
    def config_name(self) -> str:
        """The name of the config, "" if the dataset has none."""
        return "" if self.builder_config is None else str(self.builder_config.name)

    @abc.abstractmethod
    def downloads(self) -> Mapping[str, str]:
        """File name -> address of what this config needs; archives are extracted."""

    def raw_files(self, dl_manager: Any) -> tuple[Path, ...]:
        """The raw files, of the user's copy or downloaded.

        Args:
            dl_manager: TFDS' download manager.

        Raises:
            DataError: They can't be downloaded, a download is corrupt, or a file is missing.
        """
        folders = [self._manual_dir] if self._manual_dir is not None else self._download(dl_manager)
        return self.DESCRIPTION.find_files(folders, self.config_name)

    def _download(self, dl_manager: Any) -> list[Path]:
        resources = {
            name: tfds.download.Resource(url=address, extract_method=_extract_method(name))
            for name, address in self.downloads().items()
        }
        try:
            _reach(
                set(self.downloads().values())
                - _downloaded(Path(dl_manager.download_dir) / self.name)
            )
            _check(dl_manager.download(resources), self.DESCRIPTION.card(self.config_name).figures)
            extracted = dl_manager.download_and_extract(resources)
        except (NonMatchingChecksumError, ExtractError, UnsafeArchiveError) as error:
            raise DataError(
                f"{self.name}: a download is corrupt or not the published one: {error}. Remove it,"
                " then retry."
            ) from error
        except (tfds.download.DownloadError, OSError) as error:
            addresses = ", ".join(self.downloads().values())
            reason = textwrap.shorten(str(error), _SHOWN_CHARACTERS, placeholder="…")
            raise DataError(
                f"{self.name}: can't be downloaded ({type(error).__name__}: {reason}) from"
                f" {addresses}. Without network, build it from your files with"
                f" {set_option('data.manual_dir', 'FOLDER')} where FOLDER holds"
                f" {self.DESCRIPTION.layout}."
            ) from error
        return _named(extracted, Path(dl_manager.download_dir) / "named" / self.name)


def _reach(addresses: Iterable[str]) -> None:
    """Knock at each host first.

    TFDS tries a dozen times for minutes before it says that there is no network.

    Raises:
        OSError: A host can't be reached. Behind a proxy only the proxy knows, and nothing is asked.
    """
    for host in sorted({str(urlsplit(address).hostname) for address in addresses}):
        if "https" not in getproxies() or proxy_bypass(host):
            socket.create_connection((host, _HTTPS_PORT), timeout=_SECONDS_TO_ANSWER).close()


def _downloaded(folder: Path) -> set[str]:
    """Addresses whose files lie in TFDS' folder of a dataset.

    Beside each file, it keeps a note of where it came from.
    """
    notes = [note for note in folder.glob("*.INFO") if note.with_suffix("").is_file()]
    return {
        str(address)
        for note in notes
        for address in json.loads(note.read_text(encoding="utf-8")).get("urls", [])
    }


def _extract_method(name: str) -> Any:
    found = (method for suffix, method in _EXTRACTED.items() if name.endswith(suffix))
    return next(found, tfds.download.ExtractMethod.NO_EXTRACT)


def _check(downloaded: Any, figures: tuple[Any, ...]) -> None:
    """Hold what was downloaded against the published checksums; TFDS itself knows SHA-256 only."""
    published = {figure.name: figure for figure in figures if isinstance(figure, FileChecksum)}
    for name, path in downloaded.items() if isinstance(downloaded, Mapping) else ():
        figure = published.get(name)
        if figure is not None and file_checksum(Path(path), figure.algorithm) != figure.expected:
            raise NonMatchingChecksumError(
                f"{path} has not the {figure.algorithm} {figure.expected} that {figure.source}"
                f" gives for {name}"
            )


def _named(extracted: Any, folder: Path) -> list[Path]:
    """Folders to search: archives' contents, and one of plain files.

    TFDS renames files; in the second folder they have their own names again.
    """
    if not isinstance(extracted, Mapping):  # a test's dummy data
        return [Path(extracted)]
    folders = [Path(path) for path in extracted.values() if Path(path).is_dir()]
    for name, path in extracted.items():
        if Path(path).is_file():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(Path(path).resolve())
            folders = [*folders, folder] if folder not in folders else folders
    return folders
