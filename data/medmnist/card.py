"""What is officially known about each set of MedMNIST in each size."""

from __future__ import annotations

from data.medmnist.sets import SETS, SIZES_PX
from shared.loading.public.card import Card, Count, Figure, FileChecksum, Form

__all__ = ["CONFIGS", "address", "card", "file_name", "split_config"]

CONFIGS = tuple(f"{name}_{size_px}" for name in SETS for size_px in SIZES_PX)
"""`pathmnist_28`, `pathmnist_64` and so on."""

_INFO = "medmnist/info.py, MedMNIST 3"
_PARTS = ("train", "val", "test")


def split_config(config: str) -> tuple[str, int]:
    """The name of the set and its size in pixels."""
    name, size_px = config.rsplit("_", 1)
    return name, int(size_px)


def file_name(config: str) -> str:
    """How a config's file is published: without the size for 28 pixels."""
    name, size_px = split_config(config)
    return f"{name}.npz" if size_px == SIZES_PX[0] else f"{name}_{size_px}.npz"


def address(config: str) -> str:
    """Where it is published."""
    return f"https://zenodo.org/records/10519652/files/{file_name(config)}?download=1"


def card(config: str = CONFIGS[0]) -> Card:
    """The official facts of one set in one size."""
    name, size_px = split_config(config)
    facts = SETS[name]
    counts = (
        Count(count, _INFO, split=part)
        for part, count in zip(_PARTS, facts.num_examples, strict=True)
    )
    md5 = facts.md5[SIZES_PX.index(size_px)]
    figures: tuple[Figure, ...] = (
        *counts,
        Form(f"{size_px}×{size_px} px", _INFO),
        FileChecksum(file_name(config), md5, _INFO),
    )
    labels = {str(number): label for number, label in enumerate(facts.labels)}
    return Card(
        title=f"{facts.title}, {size_px} px",
        version="3",
        licence=facts.licence,
        citation=(
            "Yang et al. (2023): MedMNIST v2. Scientific Data 10, 41."
            " doi:10.1038/s41597-022-01721-8"
        ),
        examples_are="images",
        figures=figures,
        class_names={} if facts.has_several_labels else labels,
        ordered_classes=facts.has_grades,
        notes=("The official parts are kept.",),
    )
