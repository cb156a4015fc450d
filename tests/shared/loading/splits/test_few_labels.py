from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from shared.contract import Examples, Provenance, Splits
from shared.errors import ConfigError, DataError
from shared.loading.splits.few_labels import choose_labelled, keep_fraction
from shared.targets import Categories, Horizon

_FRACTIONS = (0.01, 0.05, 0.1, 0.3, 1.0)
_TARGET = Categories(names=("common", "rare"))
_PROVENANCE = Provenance("toy", "demo", "1", "Apache-2.0", "", "0", synthetic=True)


def _patients() -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """200 patients of one to five rows; one in ten has the rare class in all of them."""
    generator = np.random.default_rng(0)
    sizes = generator.integers(1, 6, 200)
    entities = np.repeat([f"p{number:03d}" for number in range(200)], sizes)
    labels = np.repeat((np.arange(200) % 10 == 0).astype(np.int64), sizes)
    return entities, labels


def _examples(name: str, entities: NDArray[np.str_], labels: NDArray[np.int64]) -> Examples:
    ids = np.array([f"{name}{row}" for row in range(len(labels))], dtype=np.str_)
    groups = pd.DataFrame({"site": ["x"] * len(labels)})
    return Examples(ids, entities, labels, groups, lambda indices: {"row": indices})


def _splits(entities: NDArray[np.str_], labels: NDArray[np.int64], target: Any = _TARGET) -> Splits:
    few = _examples("v", np.array(["a", "b"]), np.array([0, 1]))
    other = _examples("t", np.array(["c", "d"]), np.array([0, 1]))
    return Splits(_examples("r", entities, labels), few, other, target, _PROVENANCE)


@pytest.mark.parametrize("seed", range(5))
def test_draws_of_one_seed_are_nested_and_keep_entities_whole(seed: int) -> None:
    entities, labels = _patients()
    smaller: set[int] = set()
    for fraction in _FRACTIONS:
        kept = choose_labelled(entities, labels, fraction, seed=seed)
        assert smaller <= set(kept.tolist())
        assert not np.isin(np.delete(entities, kept), entities[kept]).any()
        smaller = set(kept.tolist())
    assert len(smaller) == len(labels)


def test_each_class_keeps_its_share_and_at_least_one_entity() -> None:
    entities, labels = _patients()
    for fraction in _FRACTIONS:
        kept = labels[choose_labelled(entities, labels, fraction, seed=3)]
        for label in (0, 1):
            wanted = fraction * (labels == label).sum()
            found = (kept == label).sum()
            assert max(wanted, 1) <= found < wanted + 5  # less than one patient more


def test_seeds_draw_others() -> None:
    entities, labels = _patients()
    draws = [choose_labelled(entities, labels, 0.1, seed=seed).tolist() for seed in range(5)]
    assert len({tuple(draw) for draw in draws}) == 5


def test_rows_without_entities_are_counted_exactly() -> None:
    entities = np.arange(30).astype(np.str_)
    labels = np.zeros(30, dtype=np.int64)
    assert len(choose_labelled(entities, labels, 0.1, seed=0)) == 3


def test_validation_and_test_stay_and_a_note_says_what_was_used() -> None:
    splits = _splits(*_patients())
    kept = keep_fraction(splits, 0.1, seed=0)
    assert (kept.val, kept.test) == (splits.val, splits.test)
    assert len(kept.train) < 0.2 * len(splits.train)
    (note,) = kept.provenance.notes
    assert note.startswith(f"Few labels: the training part is {len(kept.train)} of")


def test_a_class_that_no_kept_entity_has_is_refused_with_a_fraction_that_keeps_it() -> None:
    """Speakers say the common word ten times and one of them the rare one once."""
    entities = np.repeat([f"s{number}" for number in range(10)], 10)
    labels = np.zeros(100, dtype=np.int64)
    labels[95] = 1  # of the last speaker
    splits = _splits(entities, labels)
    seed = next(
        seed for seed in range(9) if 95 not in choose_labelled(entities, labels, 0.1, seed=seed)
    )
    with pytest.raises(DataError, match=r"label_fraction=0\.1 leaves 10 of 100.*'rare'") as raised:
        keep_fraction(splits, 0.1, seed=seed)
    enough = raised.value.settings["train.label_fraction"]
    assert 1 in keep_fraction(splits, enough, seed=seed).train.targets


def test_forecasts_are_refused() -> None:
    horizon = Horizon(steps=2, channels=("load",), unit="kW", step_seconds=3600, season_steps=2)
    splits = replace(_splits(*_patients()), target=horizon)
    with pytest.raises(ConfigError, match=r"train\.label_fraction is for classes"):
        keep_fraction(splits, 0.5, seed=0)
