"""`train.json`: what a training did, and what it cost."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.files import TRAIN

__all__ = [
    "BoundedEstimate",
    "CheckpointsRecord",
    "MitigatedGroup",
    "Resumption",
    "TeacherRecord",
    "TrainRecord",
    "TrainedMitigation",
    "TrainingCost",
    "TrainingTimes",
]

_WIDE_SPREAD = 0.1
"""A relative half-width beyond which a third digit would say nothing."""


class BoundedEstimate(Block):
    """A value between two limits.

    Attributes:
        value: The best guess, ≥ 0.
        low: It is hardly less; at most `value`.
        high: It is hardly more; None where nothing bounds it from above.
        unit: Of all three.
        method: How it was found, as a phrase for people.
    """

    value: float
    low: float
    high: float | None
    unit: str
    method: str

    def rounded(self) -> BoundedEstimate:
        """With no more digits than the limits allow: two if they are far apart, four if close.

        Close ones keep all digits before the point: operations are counted one by one.
        """
        high = self.value if self.high is None else self.high
        digits = 2 if high - self.low > 2 * _WIDE_SPREAD * self.value else 4
        return BoundedEstimate(
            value=_rounded(self.value, digits),
            low=_rounded(self.low, digits),
            high=None if self.high is None else _rounded(self.high, digits),
            unit=self.unit,
            method=self.method,
        )


class TrainingTimes(Block):
    """How long a training took.

    Attributes:
        seconds: Wall time of the stage, preprocessing included.
        fit_seconds: Of the epochs with their validation, and of the compilation before them.
        device_seconds: That times the replicas.
        examples_per_second: Of training steps without the first, which compiles; None if there is
            no other, likewise `wait_share`.
        wait_share: Share of the time of training steps in which the next batch was not there.
    """

    seconds: float
    fit_seconds: float
    device_seconds: float
    examples_per_second: float | None
    wait_share: float | None


class TrainingCost(TrainingTimes):
    """What a training took from the machine.

    Attributes:
        peak_host_memory_mib: Of the process and all below it.
        peak_device_memory_mib: Of the fullest GPU; None without one.
        energy_kwh: Of processors, memory and GPUs.
        co2e_grams: What that energy emits.
        flops_per_example: Of one example's way through the model.
        training_flops: Of the whole training.
    """

    peak_host_memory_mib: BoundedEstimate
    peak_device_memory_mib: BoundedEstimate | None
    energy_kwh: BoundedEstimate
    co2e_grams: BoundedEstimate
    flops_per_example: BoundedEstimate
    training_flops: BoundedEstimate


class Resumption(Block):
    """One time that a training was resumed.

    Attributes:
        num_steps: Training steps that had been done.
        same_code: Whether the same code had done them.
    """

    num_steps: int
    same_code: bool


class CheckpointsRecord(Block):
    """The checkpoints of a training.

    Attributes:
        written: How many this process wrote.
        seconds: How long that took.
        resumed: Each time that the training was resumed, the first one first.
    """

    written: int
    seconds: float
    resumed: tuple[Resumption, ...]


class MitigatedGroup(Block):
    """What a mitigation did for one group.

    Attributes:
        group: Its name.
        n: Its training rows.
        counts_for: For how many rows they count, or how many are shown in an epoch.
    """

    group: str
    n: int
    counts_for: float


class TrainedMitigation(Block):
    """What was done about gaps between groups while training.

    Attributes:
        method: `train.mitigation`.
        attribute: `train.mitigated_attribute`.
        groups: Those that something was done for.
        num_left_as_they_are: Training rows of unknown or small groups.
        group_weights: q of each group in the epoch that is kept (group DRO); None elsewhere.
    """

    method: str
    attribute: str
    groups: tuple[MitigatedGroup, ...]
    num_left_as_they_are: int
    group_weights: tuple[float, ...] | None = None


class TeacherRecord(Block):
    """Whom a training learnt from beside the truth.

    Attributes:
        run: Name of its run directory.
        model_sha256: Fingerprint of its model: architecture, settings and weights.
        weight: `train.teacher_weight`.
        temperature: `train.teacher_temperature`.
        n: Training rows that it scored.
    """

    run: str
    model_sha256: str
    weight: float
    temperature: float
    n: int


class TrainRecord(TrainingCost, Artefact):
    """A training that is over. In a cross-validation the first fold's, with the cost of all.

    Of several members the first one's epochs and mitigation, with all else of all.

    Attributes:
        epochs: How many there were.
        best_epoch: The one whose weights were kept, from 1.
        num_examples: Rows of the training split.
        num_parameters: Weights of the network.
        num_replicas: Devices that took part in each step.
        strategy: `train.strategy`.
        devices: All that TensorFlow saw, by name.
        checkpoints: What was saved, and where the training was resumed.
        mitigation: What was done about gaps between groups; None for nothing.
        num_folds: Trainings of a cross-validation; None without one.
        num_members: Networks whose mean is the network.
        teacher: Whom it learnt from; None for the truth alone.
    """

    file: ClassVar[str] = TRAIN

    schema_version: Literal[3] = 3
    epochs: int
    best_epoch: int
    num_examples: int
    num_parameters: int
    num_replicas: int
    strategy: str
    devices: tuple[str, ...]
    checkpoints: CheckpointsRecord
    mitigation: TrainedMitigation | None = None
    num_folds: int | None = None
    num_members: int = 1
    teacher: TeacherRecord | None = None


def _rounded(value: float, digits: int) -> float:
    """`value` to two significant digits, or to four and at least to the unit."""
    if value == 0:
        return value
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return round(value, places if places > 0 or digits == 2 else 0)
