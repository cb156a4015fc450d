"""What every builder of a public dataset must pass, offline and on dummy data.

The checks of TFDS' own DatasetBuilderTestCase, and ours.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import tensorflow as tf
import tensorflow_datasets as tfds

from shared.loading.public.card import Count, FileChecksum
from tests.data.dummy import read_examples

__all__ = ["BuilderCase", "check_builder"]


@dataclass(frozen=True)
class BuilderCase:
    """One config of one builder.

    Attributes:
        builder: The class.
        splits: Expected number of examples of each split of the dummy data.
        config: Name of the config; None if there are none.
        unregistered: File names whose SHA-256 is not published; the others must be in
            checksums.tsv.
    """

    builder: Any
    splits: Mapping[str, int]
    config: str | None = None
    unregistered: frozenset[str] = frozenset()

    @property
    def folder(self) -> Path:
        return Path(self.builder.code_path).parent

    def make(self, data_dir: Path, **arguments: Any) -> Any:
        return self.builder(data_dir=data_dir, config=self.config, **arguments)


def check_builder(case: BuilderCase, folder: Path) -> None:
    downloaded = case.make(folder / "downloaded")
    dummy = case.folder / "dummy_data"
    served = mock.patch.multiple(
        tfds.download.DownloadManager,
        download=lambda *_: dummy,
        download_and_extract=lambda *_: dummy,
    )
    with served, mock.patch.object(socket, "create_connection"):
        _prepare(downloaded, "tfrecord")
    own = case.make(folder / "own", manual_dir=dummy)
    _prepare(own, "array_record")
    assert {name: split.num_examples for name, split in own.info.splits.items()} == dict(
        case.splits
    )
    assert read_examples(own) == read_examples(downloaded)
    _check_parts_are_disjoint(own)
    _check_types(downloaded)
    _check_reloading(case.make(folder / "own"), case)
    _check_metadata(case)
    _check_checksums(own, case)


def _prepare(builder: Any, file_format: str) -> None:
    skip = tfds.download.ComputeStatsMode.SKIP
    builder.download_and_prepare(
        file_format=file_format, download_config=tfds.download.DownloadConfig(compute_stats=skip)
    )


def _check_parts_are_disjoint(builder: Any) -> None:
    identifier = builder.DESCRIPTION.roles.identifier
    names = [
        example[identifier] for examples in read_examples(builder).values() for example in examples
    ]
    assert len(set(names)) == len(names)


def _check_types(builder: Any) -> None:
    promised = {
        name: (info.tf_dtype, info.shape)
        for name, info in builder.info.features.get_tensor_info().items()
    }
    dataset = builder.as_dataset(split=next(iter(builder.info.splits)))
    assert {name: spec.dtype for name, spec in dataset.element_spec.items()} == {
        name: dtype for name, (dtype, _) in promised.items()
    }
    for name, value in next(iter(dataset)).items():
        assert tf.TensorShape(promised[name][1]).is_compatible_with(value.shape), name


def _check_reloading(again: Any, case: BuilderCase) -> None:
    assert {name: split.num_examples for name, split in again.info.splits.items()} == dict(
        case.splits
    )


def _check_metadata(case: BuilderCase) -> None:
    metadata = case.builder.get_metadata()
    assert metadata.description.startswith("# ")
    assert metadata.citation.startswith("@")
    assert metadata.tags
    assert case.builder.name == case.folder.name == case.builder.DESCRIPTION.name
    assert str(case.builder.VERSION) in case.builder.RELEASE_NOTES


def _check_checksums(builder: Any, case: BuilderCase) -> None:
    registered = case.builder.url_infos
    missing = {name for name, address in builder.downloads().items() if address not in registered}
    assert missing == case.unregistered & builder.downloads().keys()
    figures = builder.DESCRIPTION.card(builder.config_name).figures
    published = {figure.name: figure for figure in figures if isinstance(figure, FileChecksum)}
    assert missing <= published.keys() or any(isinstance(figure, Count) for figure in figures), (
        "nothing would tell that it is corrupt"
    )
    for name, address in builder.downloads().items():
        figure = published.get(name)
        if name not in missing and figure is not None and figure.algorithm == "sha256":
            assert registered[address].checksum == figure.expected
