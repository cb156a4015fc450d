"""Which public datasets there are: those with a builder in `data/<dataset>/`.

Importing this never loads TensorFlow.
"""

from __future__ import annotations

import importlib
from importlib.resources import files
from typing import Any

from shared.errors import DataError
from shared.extras import install_command
from shared.loading.public.description import Description, Kind
from shared.loading.tensorflow_startup import start_tensorflow

__all__ = [
    "PREFIX",
    "builder_of",
    "dataset_names",
    "describe_dataset",
    "find_dataset",
    "import_tfds",
    "is_public",
]

PREFIX = "tfds:"
"""What a `data.source` begins with that names a public dataset."""

_PACKAGE = "data"
_SHOWN_CONFIGS = 8


def is_public(source: str) -> bool:
    """Whether a `data.source` names a public dataset rather than files."""
    return source.startswith(PREFIX)


def dataset_names() -> tuple[str, ...]:
    """The datasets that have a builder, sorted."""
    folders = [folder for folder in files(_PACKAGE).iterdir() if folder.is_dir()]
    return tuple(
        sorted(
            folder.name
            for folder in folders
            if (folder / f"{folder.name}_dataset_builder.py").is_file()
        )
    )


def describe_dataset(name: str) -> Description:
    """The description that `data/<name>/` gives."""
    description: Description = importlib.import_module(f"{_PACKAGE}.{name}").DATASET
    return description


def builder_of(name: str) -> Any:
    """The class of a dataset's TFDS builder, which loads TensorFlow Datasets."""
    import_tfds()
    return importlib.import_module(f"{_PACKAGE}.{name}.{name}_dataset_builder").Builder


def import_tfds() -> Any:
    """TensorFlow Datasets: an extra, because only sources named `tfds:…` need it.

    Raises:
        DataError: It is not installed; the message has the command that adds it.
    """
    start_tensorflow()  # quietly, before TensorFlow Datasets does it aloud
    try:
        return importlib.import_module("tensorflow_datasets")
    except ImportError as error:
        raise DataError(
            f"{PREFIX}… is read by TensorFlow Datasets, which can't be imported ({error})."
            f" Install it: {install_command('tfds')}"
        ) from error


def find_dataset(source: str, kind: Kind | None = None) -> tuple[Description, str]:
    """The dataset that `tfds:<dataset>` or `tfds:<dataset>/<config>` names, and its config.

    The config is "" if the dataset has none.

    Args:
        source: Begins with `PREFIX`.
        kind: What the pipeline reads; None accepts all.

    Raises:
        DataError: There is no such dataset or config, or it is of another kind; the message lists
            what there is.
    """
    name, _, config = source.removeprefix(PREFIX).partition("/")
    if name not in dataset_names():
        raise DataError(
            f"{source}: there is no such dataset. Datasets: {_listed(kind)}. A path needs no"
            " prefix."
        )
    description = describe_dataset(name)
    if kind is not None and description.kind != kind:
        raise DataError(
            f"{source}: this dataset holds {description.kind}, but the pipeline reads {kind}:"
            f" {_listed(kind)}."
        )
    if not description.configs:
        if config:
            raise DataError(f"{source}: this dataset has one form only: {PREFIX}{name}.")
        return description, ""
    chosen = next(
        (
            name
            for name in description.configs
            if name.casefold() == (config or description.configs[0]).casefold()
        ),
        None,
    )
    if chosen is None:
        raise DataError(
            f"{source}: there is no config {config!r}. Configs: {_shortened(description.configs)}."
        )
    return description, chosen


def _listed(kind: Kind | None) -> str:
    described = [describe_dataset(name) for name in dataset_names()]
    fitting = [item for item in described if kind is None or item.kind == kind]
    return ", ".join(
        f"{PREFIX}{item.name}" + ("/<config>" if len(item.configs) > 1 else "") for item in fitting
    )


def _shortened(configs: tuple[str, ...]) -> str:
    more = f", … ({len(configs)} in all)" if len(configs) > _SHOWN_CONFIGS else ""
    return ", ".join(configs[:_SHOWN_CONFIGS]) + more
