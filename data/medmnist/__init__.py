"""MedMNIST: twelve sets of small medical images in four sizes, with official parts."""

from __future__ import annotations

from data.medmnist.description import DATASET

__all__ = ["DATASET"]
