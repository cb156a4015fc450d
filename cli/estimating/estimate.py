"""Time, memory and disk of each stage, before anything is read; a refusal where it can't fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cli.estimating.cost_model import DOMAINS, Domain, StageCost
from cli.estimating.machine import Machine
from cli.estimating.source_size import count_files, count_rows
from shared.config import RunConfig
from shared.errors import ConfigError

__all__ = ["ACCURACY", "Estimate", "StageEstimate", "estimate_cost", "refuse_what_cannot_fit"]

ACCURACY = 2.0
"""Figures are right within this factor, so only what passes a limit with half of them is refused.

The memory of a stage includes what earlier ones leave behind."""


@dataclass(frozen=True)
class StageEstimate:
    """One stage: time in seconds and peak memory in MiB."""

    name: str
    seconds: float
    mib: float


@dataclass(frozen=True)
class Estimate:
    """All stages.

    Attributes:
        num_units: What is counted.
        unit: Its name, plural.
        stages: In their order.
        disk_mib: Of prepared examples.
        way_out: The settings that need less memory.
    """

    num_units: int
    unit: str
    stages: tuple[StageEstimate, ...]
    disk_mib: float
    way_out: str

    @property
    def seconds(self) -> float:
        """All stages one after the other."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def largest(self) -> StageEstimate:
        """The stage that needs most memory."""
        return max(self.stages, key=lambda stage: stage.mib)


def estimate_cost(name: str, config: RunConfig, machine: Machine) -> Estimate | None:
    """What a run will cost; None where there are no figures or the size can't be told.

    Args:
        name: Of the pipeline.
        config: Of the run.
        machine: That it will run on.
    """
    domain = DOMAINS.get(name)
    number = None if domain is None else _number(domain, config.data)
    if domain is None or number is None:
        return None
    epochs = config.train.epochs * max(1, config.train.members)
    stages = tuple(_stage(cost, number, epochs, machine) for cost in domain.stages)
    disk = min(number * domain.prepared_kib / 1024, config.data.cache_disk_limit_mib)
    return Estimate(number, domain.unit, stages, disk, domain.way_out)


def refuse_what_cannot_fit(found: Estimate, machine: Machine) -> None:
    """Refuse a run that would be killed.

    Raises:
        ConfigError: Even half of the memory that is expected is more than there is.
    """
    if found.largest.mib / ACCURACY <= machine.memory_mib:
        return
    raise ConfigError(
        f"{found.num_units:,} {found.unit} do not fit: the stage {found.largest.name!r} would need"
        f" about {found.largest.mib / 1024:,.0f} GiB of memory, and there are"
        f" {machine.memory_mib / 1024:,.0f} GiB. Way out: {found.way_out}."
    )


def _number(domain: Domain, data: Any) -> int | None:
    if domain.kind == "file":
        return count_files(data.source)
    rows = count_rows(data.source)
    if rows is None or domain.kind == "row":
        return rows
    # Each step but those of the first history begins a window, or one in so many.
    stride = int(min(data.train_stride_steps, data.evaluation_stride_steps))
    return max(1, rows // stride)


def _stage(cost: StageCost, number: int, epochs: int, machine: Machine) -> StageEstimate:
    millions = number / 1e6
    passes = epochs if cost.name == "train" else 1
    cores = machine.num_cores if cost.on_all_cores else 1
    seconds = cost.seconds + passes * cost.seconds_per_million * millions / cores
    memory = cost.mib + cost.mib_per_million * millions
    return StageEstimate(cost.name, seconds * machine.slowness, memory)
