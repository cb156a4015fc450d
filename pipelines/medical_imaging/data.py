"""The user's labelled images: which kind of source it is, and its parts."""

from __future__ import annotations

from pathlib import Path

from pipelines.medical_imaging.config import MedicalConfig, MedicalDataConfig
from pipelines.medical_imaging.reading.class_folders import load_class_folders
from pipelines.medical_imaging.reading.collection import Collection, split_collection
from pipelines.medical_imaging.reading.image_table import find_table, load_image_table
from pipelines.medical_imaging.reading.medmnist import load_medmnist
from pipelines.medical_imaging.reading.public import adopt_settings, collect_public
from shared.contract import Splits
from shared.errors import DataError
from shared.loading.public.catalogue import is_public
from shared.loading.public.opening import open_public

__all__ = ["load"]


def load(cfg: MedicalConfig) -> Splits:
    """Read `data.source`: a folder with a table, a folder of class folders, a table, a MedMNIST `.npz` file, or a public dataset.

    Raises:
        DataError: The source is missing, or can't be read as configured.
    """
    if is_public(cfg.data.source):
        dataset = open_public(cfg.data, "images")
        data = adopt_settings(cfg.data, dataset)
        return split_collection(collect_public(data, dataset), data, seed=cfg.train.seed)
    source = Path(cfg.data.source).expanduser()
    if not source.exists():
        raise DataError(
            f"{source}: there is no such file or folder. Expected images: a folder, a table or a"
            " MedMNIST .npz file."
        )
    return split_collection(_collect(cfg.data, source), cfg.data, seed=cfg.train.seed)


def _collect(data: MedicalDataConfig, source: Path) -> Collection:
    if source.suffix.lower() == ".npz":
        return load_medmnist(data, source)
    if source.is_file():
        return load_image_table(data, source, source.parent)
    table = find_table(source, data)
    return (
        load_class_folders(data, source) if table is None else load_image_table(data, table, source)
    )
