"""What is officially known about SST-2, as whole sentences and as GLUE has it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.loading.public.card import Card, ClassCounts, Count, Figure, FileChecksum

__all__ = ["CLASS_NAMES", "CONFIGS", "DOWNLOADS", "card"]

CLASS_NAMES: Mapping[str, str] = MappingProxyType({"0": "negative", "1": "positive"})
CONFIGS = ("sentences", "glue")
"""Whole sentences only, as most papers report; or GLUE's, whose training split holds phrases of
these sentences too."""

_TSV = (
    "https://raw.githubusercontent.com/clairett/pytorch-sentiment-classification/master/data/SST2"
)
DOWNLOADS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "sentences": {name: f"{_TSV}/{name}" for name in ("train.tsv", "dev.tsv", "test.tsv")},
        "glue": {"SST-2.zip": "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip"},
    }
)
"""Config -> file name -> address."""

_PAPER = "Socher et al. 2013, section 5.2"
_COPY = "the copy that the results in README.md are measured on"
_CATALOGUE = "catalogue of TensorFlow Datasets, glue/sst2"
_FIGURES: Mapping[str, tuple[Figure, ...]] = {
    "sentences": (
        Count(6920, _PAPER, split="train"),
        Count(872, _PAPER, split="val"),
        Count(1821, _PAPER, split="test"),
        ClassCounts({"0": 3310, "1": 3610}, _COPY, split="train"),
        ClassCounts({"0": 428, "1": 444}, _COPY, split="val"),
        FileChecksum(
            "train.tsv",
            "ec192f833a64da08f475488a77b0d0b47db47acd0f458bd18433fc793b569920",
            _COPY,
            "sha256",
        ),
        FileChecksum(
            "dev.tsv",
            "eddea6b39e601dd4e7a672b53cc40fdf6019fa80522f351206c24340ca5d9359",
            _COPY,
            "sha256",
        ),
    ),
    "glue": (
        Count(67_349, _CATALOGUE, split="train"),
        Count(872, _CATALOGUE, split="val"),
        FileChecksum(
            "SST-2.zip",
            "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa",
            _CATALOGUE,
            "sha256",
        ),
    ),
}


def card(config: str = "sentences") -> Card:
    """The official facts of one config."""
    return Card(
        title="SST-2 (sentences)" if config == "sentences" else "SST-2 (GLUE)",
        version="2013",
        licence="unknown",
        citation=(
            "Socher et al. (2013): Recursive Deep Models for Semantic Compositionality Over a"
            " Sentiment Treebank. EMNLP 2013."
        ),
        examples_are="sentences" if config == "sentences" else "sentences and phrases",
        figures=_FIGURES[config],
        class_names=CLASS_NAMES,
    )
