from __future__ import annotations

import functools
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from data.ett.description import DATASET as ETT
from data.ett.ett_dataset_builder import Builder as EttBuilder
from data.fsdd.description import DATASET as FSDD
from data.fsdd.fsdd_dataset_builder import Builder as FsddBuilder
from shared.errors import DataError
from shared.loading.public import builder as builder_module
from shared.loading.public.card import Card
from shared.loading.public.description import Description
from tests.data.dummy import read_examples


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which this machine serves it."""
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_QuietHandler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _unchecked(description: Description) -> Description:
    """The description without published figures, which dummy data can't meet."""

    def card(config: str = "") -> Card:
        return replace(description.card(config or next(iter(description.configs), "")), figures=())

    return replace(description, card=card)


def _download(
    builder_class: Any,
    description: Description,
    downloads: dict[str, str],
    cache: Path,
    config: str | None = None,
    reach: Any = mock.DEFAULT,
) -> Any:
    found = mock.patch.multiple(
        builder_class, downloads=lambda _: downloads, DESCRIPTION=description
    )
    with found, mock.patch.multiple(builder_module, _reach=reach):
        builder = builder_class(data_dir=cache, config=config or None)
        builder.download_and_prepare(download_dir=cache / "downloads", file_format="array_record")
    return builder


def test_an_archive_is_downloaded_extracted_and_built(
    site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = site
    shutil.make_archive(str(folder / "fsdd"), "zip", "data/fsdd/dummy_data")
    downloaded = _download(
        FsddBuilder, _unchecked(FSDD), {"fsdd.zip": f"{address}/fsdd.zip"}, tmp_path / "cache"
    )
    own = FsddBuilder(data_dir=tmp_path / "own", manual_dir=Path("data/fsdd/dummy_data"))
    own.download_and_prepare(file_format="array_record")
    assert read_examples(downloaded) == read_examples(own)


def test_a_plain_file_is_found_by_its_own_name_again(
    site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = site
    shutil.copy("data/ett/dummy_data/ETTh1.csv", folder / "some-table.csv")
    builder = _download(
        EttBuilder,
        _unchecked(ETT),
        {"ETTh1.csv": f"{address}/some-table.csv"},
        tmp_path / "cache",
        "ETTh1",
    )
    assert builder.info.splits["train"].num_examples == 96


def test_a_file_that_was_changed_on_its_way_is_refused(
    site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = site
    shutil.copy("data/ett/dummy_data/ETTh1.csv", folder / "ETTh1.csv")
    with pytest.raises(
        DataError,
        match=(
            r"ett: a download is corrupt or not the published one: .*sha256 f18de3ad.*commit"
            r" 1d16c8f"
        ),
    ):
        _download(
            EttBuilder, ETT, {"ETTh1.csv": f"{address}/ETTh1.csv"}, tmp_path / "cache", "ETTh1"
        )


def test_an_archive_that_was_cut_off_is_refused(site: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = site
    archive = Path(shutil.make_archive(str(folder / "fsdd"), "zip", "data/fsdd/dummy_data"))
    archive.write_bytes(archive.read_bytes()[:-500])
    with pytest.raises(DataError, match="fsdd: a download is corrupt or not the published one"):
        _download(
            FsddBuilder, _unchecked(FSDD), {"fsdd.zip": f"{address}/fsdd.zip"}, tmp_path / "cache"
        )


def test_an_address_that_has_gone_is_named_with_what_would_do_instead(
    site: tuple[Path, str], tmp_path: Path
) -> None:
    _, address = site
    with pytest.raises(
        DataError,
        match=(
            rf"fsdd: can't be downloaded .*404.* from {address}/gone\.zip\. .*data\.manual_dir=FOLDER"
        ),
    ):
        _download(
            FsddBuilder, _unchecked(FSDD), {"fsdd.zip": f"{address}/gone.zip"}, tmp_path / "cache"
        )


def test_what_was_downloaded_before_is_built_again_without_a_network(
    site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = site
    shutil.copy("data/ett/dummy_data/ETTh1.csv", folder / "ETTh1.csv")
    downloads = {"ETTh1.csv": f"{address}/ETTh1.csv"}
    _download(EttBuilder, _unchecked(ETT), downloads, tmp_path / "cache", "ETTh1")
    (folder / "ETTh1.csv").unlink()
    shutil.rmtree(tmp_path / "cache" / "ett")
    with mock.patch("socket.create_connection") as hosts:
        builder = _download(
            EttBuilder,
            _unchecked(ETT),
            downloads,
            tmp_path / "cache",
            "ETTh1",
            reach=builder_module._reach,
        )
    hosts.assert_not_called()
    assert builder.info.splits["train"].num_examples == 96


def test_a_builder_asks_nobody_about_its_dataset_and_leaves_no_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with mock.patch("tensorflow_datasets.core.utils.gcs_utils.gcs_dataset_info_files") as bucket:
        EttBuilder(data_dir=tmp_path / "cache", config="ETTh1")
    bucket.assert_not_called()
    assert list(tmp_path.iterdir()) == []
