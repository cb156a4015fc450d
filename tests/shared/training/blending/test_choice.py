from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.run.artefacts.blend_file import BlendRecord
from shared.targets import Categories, Horizon, Target
from shared.training.blending.choice import choose_blend
from shared.training.blending.losses import WEIGHTS, RowLosses

_CLASSES = Categories(names=("a", "b"))
_STEPS = Horizon(steps=1, channels=("x",), unit="m", step_seconds=1, season_steps=1)
_N = 400


def _losses(network: float, *, gain: float = 0.0, noise: float = 0.1, seed: int = 0) -> RowLosses:
    """Of a floor at 1, a network at `network`, and blends that are better by up to `gain`."""
    generator = np.random.default_rng(seed)
    ease = generator.normal(0.0, 1.0, _N)

    def around(mean: float) -> NDArray[np.float64]:
        return mean + ease + generator.normal(0.0, noise, _N)

    blends = [
        around(weight * network + 1.0 - weight - 4.0 * gain * weight * (1.0 - weight))
        for weight in WEIGHTS
    ]
    return RowLosses(
        around(network),
        {"floor": around(1.0), "weak": around(2.0)},
        {"floor": np.stack(blends, axis=1), "weak": np.stack(blends, axis=1)},
    )


def _choose(
    losses: RowLosses, *, num_entities: int = _N, target: Target = _CLASSES, **options: Any
) -> BlendRecord:
    entities = (np.arange(_N) % num_entities).astype(str)
    return choose_blend(losses, entities, target, **{"setting": "auto", "seed": 0, **options})


def test_a_network_that_is_better_beyond_noise_is_deployed_alone() -> None:
    record = _choose(_losses(0.5))
    assert (record.deployed, record.weight, record.floor) == ("network", 1.0, "floor")
    assert [step.favours_candidate for step in record.steps] == [True, False]


def test_a_blend_must_be_better_than_the_network_beyond_noise() -> None:
    record = _choose(_losses(0.9, gain=0.3))
    assert record.deployed == "blend"
    assert 0.3 <= record.weight <= 0.8
    assert record.steps[1].incumbent == "network"


def test_a_blend_can_take_a_weaker_network_in() -> None:
    record = _choose(_losses(1.1, gain=0.3))
    assert record.deployed == "blend"
    assert record.steps[1].incumbent == "floor"


@pytest.mark.parametrize("seed", range(8))
def test_what_is_equal_but_for_noise_stays_at_the_floor(seed: int) -> None:
    record = _choose(_losses(1.0, noise=0.5, seed=seed))
    assert (record.deployed, record.weight) == ("floor", 0.0)


def test_an_advantage_with_few_entities_is_noise() -> None:
    losses = _losses(0.9, noise=0.01)
    whose = np.random.default_rng(1).normal(0.0, 0.5, 6)[np.arange(_N) % 6]
    moved = RowLosses(losses.network + whose - whose.mean(), losses.baselines, losses.blends)
    assert _choose(moved).steps[0].favours_candidate
    assert not _choose(moved, num_entities=6).steps[0].favours_candidate


def test_one_speaker_is_resampled_by_row_but_one_block_of_time_is_not() -> None:
    losses = _losses(0.5)
    speaker = _choose(losses, num_entities=1)
    assert (speaker.unit, speaker.deployed) == ("row", "network")
    block = _choose(losses, num_entities=1, target=_STEPS)
    assert (block.unit, block.deployed) == ("entity", "floor")


@pytest.mark.parametrize(("setting", "weight"), [("network", 1.0), ("floor", 0.0)])
def test_the_user_may_decide(setting: str, weight: float) -> None:
    for losses in (_losses(0.5), _losses(2.0)):
        record = _choose(losses, setting=setting)
        assert record.weight == weight
        assert f"train.deploy={setting}" in record.reason


def test_a_network_that_closes_a_gap_stays() -> None:
    assert _choose(_losses(2.0), is_mitigated=True).deployed == "network"


def test_without_baselines_there_is_only_the_network() -> None:
    record = _choose(RowLosses(_losses(1.0).network, {}, {}))
    assert (record.deployed, record.floor, record.weights) == ("network", None, ())


def test_a_baseline_without_finite_losses_is_no_floor() -> None:
    losses = _losses(3.0)
    losses.baselines["floor"][3] = np.inf
    record = _choose(losses)
    assert record.floor == "weak"
    assert record.losses["floor"].value is None


def test_a_network_without_finite_losses_is_not_deployed() -> None:
    losses = _losses(0.1)
    losses.network[3] = np.nan
    for blends in losses.blends.values():
        blends[3] = np.nan
    assert _choose(losses).deployed == "floor"
