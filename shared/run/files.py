"""The files of a run, relative to its directory, and the stage that makes each.

A folder stands for all that is in it. Code that reads a file names it by the constant, so that a
file can't be misspelt and its maker need not be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.errors import ContractError

__all__ = [
    "BASELINES",
    "BEHAVIOURS",
    "BLEND",
    "CALIBRATION",
    "COMPRESSION",
    "COMPRESSION_TIMING",
    "CONFIG",
    "DATA",
    "ENVIRONMENT",
    "EXPLANATIONS",
    "EXPLANATIONS_FOLDER",
    "EXPLANATIONS_TIMING",
    "FAIRNESS",
    "FAIRNESS_TABLE",
    "FEATURE_STATISTICS",
    "FOLDS",
    "GALLERY",
    "GALLERY_FOLDER",
    "GROUP_PREFIX",
    "HISTORY",
    "MADE_BY",
    "MEMBERS",
    "METRICS",
    "METRICS_TABLE",
    "MODEL",
    "NETWORK",
    "NETWORK_PREDICTIONS",
    "PARITY",
    "PERTURBATIONS",
    "PREPROCESS",
    "REPORT",
    "REPORT_RECORD",
    "SAVED_MODEL",
    "SIGNATURE",
    "SYNTHETIC",
    "SYNTHETIC_FOLDER",
    "TEST_PREDICTIONS",
    "TEST_SPLIT",
    "TRAIN",
    "TRAIN_SPLIT",
    "VAL_PREDICTIONS",
    "VAL_SPLIT",
    "maker_of",
]

CONFIG = "config.json"
ENVIRONMENT = "environment.json"
DATA = "data.json"
TRAIN_SPLIT = "splits/train.parquet"
VAL_SPLIT = "splits/val.parquet"
TEST_SPLIT = "splits/test.parquet"
PREPROCESS = "preprocess.keras"
MODEL = "model.keras"
NETWORK = "network.keras"
BLEND = "blend.json"
HISTORY = "history.csv"
TRAIN = "train.json"
FOLDS = "folds"
MEMBERS = "members"
"""Checkpoints and curves of the second and each further one; the run itself has the first's."""
SYNTHETIC = "synthetic.json"
SYNTHETIC_FOLDER = "synthetic"
VAL_PREDICTIONS = "predictions/val.parquet"
TEST_PREDICTIONS = "predictions/test.parquet"
BASELINES = "predictions/baselines.parquet"
NETWORK_PREDICTIONS = "predictions/network.parquet"
PERTURBATIONS = "predictions/perturbations.parquet"
BEHAVIOURS = "predictions/behaviours.parquet"
FEATURE_STATISTICS = "predictions/feature_statistics.parquet"
CALIBRATION = "calibration.json"
COMPRESSION = "compression.json"
COMPRESSION_TIMING = "compression_timing.json"
METRICS = "metrics.json"
METRICS_TABLE = "metrics.parquet"
FAIRNESS = "fairness.json"
FAIRNESS_TABLE = "fairness.parquet"
EXPLANATIONS = "explanations.json"
EXPLANATIONS_FOLDER = "explanations"
EXPLANATIONS_TIMING = "explanations_timing.json"
GALLERY = "gallery.json"
GALLERY_FOLDER = "gallery"
SAVED_MODEL = "saved_model"
SIGNATURE = "signature.json"
PARITY = "parity.json"
REPORT = "report.html"
REPORT_RECORD = "report.json"

GROUP_PREFIX = "group:"
"""Marks the group columns of `splits/*.parquet`, beside `id`, `entity` and `target`."""

MADE_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "resolve": (CONFIG, ENVIRONMENT),
        "data": (DATA, TRAIN_SPLIT, VAL_SPLIT, TEST_SPLIT),
        "train": (PREPROCESS, MODEL, NETWORK, BLEND, HISTORY, TRAIN),
        "predict": (
            VAL_PREDICTIONS,
            TEST_PREDICTIONS,
            BASELINES,
            NETWORK_PREDICTIONS,
            PERTURBATIONS,
            BEHAVIOURS,
            FEATURE_STATISTICS,
        ),
        "calibrate": (CALIBRATION,),
        "evaluate": (METRICS, METRICS_TABLE),
        "fairness": (FAIRNESS, FAIRNESS_TABLE),
        "explain": (
            EXPLANATIONS,
            EXPLANATIONS_FOLDER,
            EXPLANATIONS_TIMING,
            GALLERY,
            GALLERY_FOLDER,
        ),
        "export": (SAVED_MODEL, SIGNATURE, PARITY),
        "report": (REPORT, REPORT_RECORD),
    }
)
"""Stage -> what it makes for every configuration."""

_SOMETIMES_MADE_BY = {"train": (FOLDS, SYNTHETIC, SYNTHETIC_FOLDER)}


def maker_of(name: str) -> str:
    """The stage that makes a file, or the folder that it is in.

    Raises:
        ContractError: No stage does.

    >>> maker_of("data.json")
    'data'
    >>> maker_of("explanations/attributions.npz")
    'explain'
    """
    for made_by in (MADE_BY, _SOMETIMES_MADE_BY):
        for stage, names in made_by.items():
            if any(name == made or name.startswith(f"{made}/") for made in names):
                return stage
    raise ContractError(
        f"No stage makes {name!r}. Add it to shared/run/files.py, or pass its maker."
    )
