"""What the stages that need TensorFlow leave, without a training and without an export."""

from __future__ import annotations

import numpy as np

from shared.run.artefacts.environment_file import EnvironmentRecord
from shared.run.artefacts.parity_file import DecisionParity, NumberParity, ParityRecord
from shared.run.artefacts.signature_file import (
    EndpointRecord,
    InputRecord,
    RequestRecord,
    SignatureRecord,
    TensorRecord,
)
from shared.run.artefacts.train_file import BoundedEstimate, CheckpointsRecord, TrainRecord
from shared.targets import Categories, Target
from tests.shared.uncalibrated import UNCALIBRATED

__all__ = ["ENVIRONMENT", "HISTORY", "TRAIN", "invented_parity", "invented_signature"]

ENVIRONMENT = EnvironmentRecord(
    python="3.11.9",
    platform="Linux",
    machine="x86_64",
    num_cpus=2,
    packages={"numpy": "2.4.6"},
    switches={},
    begun="2026-01-31",
    git_revision="unknown",
)

_EPOCHS = np.arange(1, 9)
HISTORY = {
    "epoch": _EPOCHS,
    "loss": 0.7 / _EPOCHS**0.6,
    "val_loss": 0.72 / _EPOCHS**0.4 + 0.01 * _EPOCHS,
}
"""Columns of `history.csv`."""


def _estimate(value: float, low: float, high: float | None, unit: str) -> BoundedEstimate:
    method = f"found by a method of {unit}"
    return BoundedEstimate(value=value, low=low, high=high, unit=unit, method=method)


TRAIN = TrainRecord(
    seconds=41.2,
    fit_seconds=38.9,
    device_seconds=38.9,
    examples_per_second=2210.5,
    wait_share=0.034,
    peak_host_memory_mib=_estimate(812.4, 812.4, None, "MiB"),
    peak_device_memory_mib=None,
    energy_kwh=_estimate(0.00021, 0.00006, 0.00081, "kWh"),
    co2e_grams=_estimate(0.1, 0.0059, 0.58, "g CO2e"),
    flops_per_example=_estimate(658486, 658486, 658486, "FLOPs"),
    training_flops=_estimate(5.1e9, 3.4e9, 6.7e9, "FLOPs"),
    epochs=8,
    best_epoch=int(HISTORY["val_loss"].argmin()) + 1,
    num_examples=320,
    num_parameters=123_456,
    num_replicas=1,
    strategy="auto",
    devices=("/device:CPU:0",),
    checkpoints=CheckpointsRecord(written=1, seconds=0.1, resumed=()),
)


def invented_signature(target: Target) -> SignatureRecord:
    """One endpoint with one input and one output."""
    text = InputRecord(
        name="text",
        dtype="string",
        shape=(None,),
        meaning="UTF-8 text, one for each row",
        unit=None,
        columns=None,
    )
    return SignatureRecord(
        model="invented",
        version=1,
        weights_sha256="cd" * 32,
        target=target,
        not_met=None,
        classes=target.names if isinstance(target, Categories) else None,
        calibration=UNCALIBRATED,
        signatures={"serving_default": EndpointRecord(inputs=(text,), outputs=(_output(target),))},
        attributions=None,
        why_no_attributions="export.explain=false",
        example=RequestRecord(
            path="/v1/models/invented:predict", body={"instances": [{"text": "fine"}]}
        ),
        reading={},
    )


def _output(target: Target) -> TensorRecord:
    return TensorRecord(
        name="probabilities" if isinstance(target, Categories) else "forecast",
        dtype="float32",
        shape=(None, 2),
        meaning="what the model answers",
        unit="share",
    )


def invented_parity(target: Target) -> ParityRecord:
    """All is well."""
    numbers = NumberParity(max_abs_difference=2.4e-7, tolerance=1e-4, passed=True)
    decisions = DecisionParity(num_clear=31, num_different=0, passed=True)
    return ParityRecord(
        num_examples=32,
        batch_sizes=(1, 7, 32),
        relative_tolerance=1e-4,
        deterministic=True,
        finite=True,
        outputs={_output(target).name: numbers, "class_index": decisions},
        passed=True,
        attributions=None,
        refused={},
        operations=("MatMul", "Softmax"),
        offending_operations={},
    )
