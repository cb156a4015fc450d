from __future__ import annotations

import subprocess
import sys

import pytest

from shared.errors import DataError
from shared.loading.public.catalogue import (
    builder_of,
    dataset_names,
    describe_dataset,
    find_dataset,
    is_public,
)


def test_every_dataset_with_a_builder_describes_itself_under_its_own_name() -> None:
    assert "fsdd" in dataset_names()
    assert [describe_dataset(name).name for name in dataset_names()] == list(dataset_names())


def test_a_path_is_not_public() -> None:
    assert not is_public("recordings/")
    assert is_public("tfds:fsdd")


def test_an_unknown_dataset_is_refused_with_those_of_the_pipelines_kind() -> None:
    with pytest.raises(
        DataError, match=r"tfds:fssd: there is no such dataset\. Datasets: .*tfds:fsdd"
    ) as caught:
        find_dataset("tfds:fssd", "recordings")
    assert "ham10000" not in str(caught.value)


def test_a_name_that_is_a_path_is_refused() -> None:
    with pytest.raises(DataError, match="there is no such dataset"):
        find_dataset("tfds:../data/fsdd")


def test_a_dataset_of_another_kind_is_refused_with_what_would_fit() -> None:
    with pytest.raises(
        DataError, match="this dataset holds recordings, but the pipeline reads texts"
    ):
        find_dataset("tfds:fsdd", "texts")


def test_a_config_that_a_dataset_does_not_have_is_refused() -> None:
    with pytest.raises(DataError, match=r"this dataset has one form only: tfds:fsdd\."):
        find_dataset("tfds:fsdd/large")


def test_descriptions_need_no_tensorflow_and_files_of_ones_own_no_tfds() -> None:
    code = (
        "import sys; from shared.loading.public.catalogue import dataset_names,"
        " describe_dataset\n[describe_dataset(name).card(config) for name in dataset_names() for"
        " config in describe_dataset(name).configs or ('',)]\nassert not {'tensorflow',"
        " 'tensorflow_datasets', 'keras'} & set(sys.modules)\n"
        "sys.modules['tensorflow_datasets'] = None\n"
        "import shared.loading.public.opening, pipelines.sentiment.data"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_tfds_the_command_that_installs_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(DataError, match=r"Install it: .* -m pip install 'tensorflow-datasets"):
        builder_of("fsdd")
