"""What validation says of the network and its floor: the rule, in NumPy.

The simplest model that nothing beats is deployed. The floor is the incumbent. The network takes its
place only where the paired difference of their validation losses is below 0 beyond noise: the whole
interval. So does the best blend, against what is then the incumbent. Where nothing is to be learnt
no difference is beyond noise, and the floor stays.

The interval resamples entities, because rows of one entity resemble each other. With fewer than
five there is hardly an interval, and no network would ever be deployed that was validated on one
speaker: then rows are resampled, and the record says so. Never of forecasts, whose windows overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shared.run.artefacts.blend_file import BlendRecord, BlendStep, BlendWeight
from shared.statistics.bootstrap import Resampling, entity_codes, estimates
from shared.statistics.intervals import Estimate, Measure, number_or_none
from shared.statistics.means import mean_statistic
from shared.targets import Horizon, Target
from shared.training.blending.losses import WEIGHTS, RowLosses

__all__ = ["Setting", "choose_blend"]

Setting = Literal["auto", "network", "floor"]

_FEWEST_ENTITIES = 5
_RESAMPLES = 1000
_CONFIDENCE = 0.95
_LOSS_NAMES = {
    "categories": "cross-entropy at the best temperature, nats",
    "horizon": "squared error plus pinball losses, standardised",
}


def choose_blend(
    losses: RowLosses,
    entities: NDArray[np.str_],
    target: Target,
    *,
    setting: Setting,
    seed: int,
    is_mitigated: bool = False,
) -> BlendRecord:
    """What is deployed, with all that speaks for it.

    Args:
        losses: Of the validation rows.
        entities: (n,) str: whose they are.
        target: The kind of target.
        setting: Who decides: validation, or the user.
        seed: Of the resamples.
        is_mitigated: Whether the network was trained to close gaps between groups, which no
            baseline was: the network then stays unless the user says otherwise.
    """
    unit = _unit(target, entities)
    noise = _Noise(entities if unit == "entity" else np.arange(len(entities)).astype(str), seed)
    floor = _best(losses)
    forced = _forced(floor, setting, is_mitigated=is_mitigated)
    chosen = forced or _let_validation_choose(losses, str(floor), noise)
    measured = {"network": losses.network, **losses.baselines}
    return BlendRecord(
        setting=setting,
        deployed=_name(chosen.weight),
        weight=chosen.weight,
        floor=floor,
        reason=chosen.reason,
        losses={name: noise.mean(each) for name, each in measured.items()},
        weights=_curve(losses, floor),
        steps=chosen.steps,
        unit=unit,
        **_validation(target, entities),
    )


def _validation(target: Target, entities: NDArray[np.str_]) -> dict[str, Any]:
    return {
        "loss": _LOSS_NAMES[target.kind],
        "n": len(entities),
        "num_entities": entity_codes(entities)[1],
        "confidence": _CONFIDENCE,
    }


@dataclass(frozen=True)
class _Chosen:
    weight: float
    reason: str
    steps: tuple[BlendStep, ...]


def _forced(floor: str | None, setting: Setting, *, is_mitigated: bool) -> _Chosen | None:
    """What is deployed whatever validation says; None if it is to choose."""
    if floor is None:
        return _Chosen(1.0, "there is no baseline to compare with", ())
    if setting != "auto":
        weight = 0.0 if setting == "floor" else 1.0
        return _Chosen(weight, f"train.deploy={setting} asks for it", ())
    if is_mitigated:
        return _Chosen(1.0, "it was trained to close a gap between groups, the floor was not", ())
    return None


class _Noise:
    """Means of losses with intervals over what is resampled."""

    def __init__(self, units: NDArray[np.str_], seed: int) -> None:
        self._codes, self._num_units = entity_codes(units)
        self._resampling = Resampling(_RESAMPLES, _CONFIDENCE, (seed,))

    def mean(self, values: NDArray[np.float64]) -> Estimate:
        """The mean over rows; without a value where a row has none."""
        if not np.isfinite(values).all():
            return Estimate(value=None, note="not finite")
        measure = Measure("loss", self._num_units, -np.inf, np.inf)
        statistic = mean_statistic([measure], values[:, None], self._codes, self._num_units)
        return estimates([statistic], self._num_units, self._resampling)["loss"]


def _unit(target: Target, entities: NDArray[np.str_]) -> Literal["entity", "row"]:
    is_few = entity_codes(entities)[1] < _FEWEST_ENTITIES
    return "row" if is_few and not isinstance(target, Horizon) else "entity"


def _best(losses: RowLosses) -> str | None:
    """The baseline with the lowest mean loss; None if none has a finite one."""
    means = {name: float(each.mean()) for name, each in losses.baselines.items()}
    finite = {name: mean for name, mean in means.items() if np.isfinite(mean)}
    return min(finite, key=finite.__getitem__, default=None)


def _let_validation_choose(losses: RowLosses, floor: str, noise: _Noise) -> _Chosen:
    of_weight = {0.0: losses.baselines[floor], 1.0: losses.network}
    of_weight |= dict(zip(WEIGHTS, losses.blends[floor].T, strict=True))
    means = {weight: _finite_mean(each) for weight, each in of_weight.items()}
    best_blend = min(WEIGHTS, key=means.__getitem__)
    incumbent = 0.0
    steps = []
    for candidate in (1.0, best_blend):
        difference = noise.mean(of_weight[candidate] - of_weight[incumbent])
        step = _step(candidate, incumbent, difference)
        steps.append(step)
        if step.favours_candidate:
            incumbent = candidate
    return _Chosen(incumbent, _reason(steps, floor), tuple(steps))


def _finite_mean(losses: NDArray[np.float64]) -> float:
    mean = float(losses.mean())
    return mean if np.isfinite(mean) else np.inf


def _step(candidate: float, incumbent: float, difference: Estimate) -> BlendStep:
    interval = difference.interval
    return BlendStep(
        candidate="network" if candidate == 1.0 else "blend",
        candidate_weight=candidate,
        incumbent="floor" if incumbent == 0.0 else "network",
        incumbent_weight=incumbent,
        difference=difference,
        favours_candidate=interval is not None and interval.high < 0.0,
    )


def _reason(steps: list[BlendStep], floor: str) -> str:
    network, blend = steps
    floor = floor.replace("_", " ")  # a name in code, read by people
    if blend.favours_candidate:
        than = "the network" if network.favours_candidate else f"the floor, {floor},"
        return f"on validation the blend is better than {than} beyond noise"
    if network.favours_candidate:
        return (
            f"on validation the network is better than the floor, {floor}, beyond noise, and no"
            " blend is better still"
        )
    return f"on validation nothing is better than the floor, {floor}, beyond noise"


def _curve(losses: RowLosses, floor: str | None) -> tuple[BlendWeight, ...]:
    if floor is None:
        return ()
    columns = [losses.baselines[floor], *losses.blends[floor].T, losses.network]
    return tuple(
        BlendWeight(weight=weight, loss=number_or_none(float(each.mean())))
        for weight, each in zip((0.0, *WEIGHTS, 1.0), columns, strict=True)
    )


def _name(weight: float) -> Literal["network", "floor", "blend"]:
    if weight == 1.0:
        return "network"
    return "floor" if weight == 0.0 else "blend"
