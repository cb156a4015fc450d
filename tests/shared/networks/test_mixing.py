from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.networks.mixing import Mixture, RowMixing, collecting_mixtures

_IMAGES = np.random.default_rng(0).uniform(-1, 1, (32, 12, 16, 3)).astype(np.float32)
_WAYS = {
    "mixup": {"mixup_alpha": 0.4},
    "cutmix": {"mixup_alpha": 0.0, "cutmix_alpha": 1.0},
    "both": {"mixup_alpha": 0.4, "cutmix_alpha": 1.0},
}


def _mixed(layer: RowMixing, rows: NDArray[Any] = _IMAGES) -> tuple[NDArray[Any], Mixture]:
    with collecting_mixtures() as mixtures:
        mixed = np.asarray(layer(rows, training=True))
    (mixture,) = mixtures
    return mixed, Mixture(np.asarray(mixture.partners), np.asarray(mixture.kept))


@pytest.mark.parametrize("way", _WAYS)
def test_nothing_is_mixed_at_inference_nor_where_nobody_mixes_the_labels(way: str) -> None:
    layer = RowMixing(seed=1, **_WAYS[way])
    np.testing.assert_array_equal(np.asarray(layer(_IMAGES, training=True)), _IMAGES)
    with collecting_mixtures() as mixtures:
        np.testing.assert_array_equal(np.asarray(layer(_IMAGES, training=False)), _IMAGES)
    assert mixtures == []


def test_switched_off_it_mixes_nothing() -> None:
    with collecting_mixtures() as mixtures:
        off = RowMixing(mixup_alpha=0.0, seed=1)(_IMAGES, training=True)
    np.testing.assert_array_equal(np.asarray(off), _IMAGES)
    assert mixtures == []


def test_mixup_is_the_weighted_mean_that_it_says() -> None:
    mixed, (partners, kept) = _mixed(RowMixing(seed=1, **_WAYS["mixup"]))
    assert 0.05 < kept.mean() < 0.95
    share = kept[:, None, None, None]
    np.testing.assert_allclose(
        mixed, share * _IMAGES + (1 - share) * _IMAGES[partners], rtol=1e-5, atol=1e-6
    )


def test_cutmix_puts_a_rectangle_of_the_partner_as_large_as_it_says() -> None:
    mixed, (partners, kept) = _mixed(RowMixing(seed=1, **_WAYS["cutmix"]))
    own = (mixed == _IMAGES).all(axis=-1)
    assert (own | (mixed == _IMAGES[partners]).all(axis=-1)).all()
    strangers = partners != np.arange(32)
    # Borders are rounded to whole pixels.
    assert np.abs(own.mean(axis=(1, 2)) - kept)[strangers].max() < 1 / 12 + 1 / 16
    assert np.corrcoef(own.mean(axis=(1, 2))[strangers], kept[strangers])[0, 1] > 0.95


def test_with_both_a_row_is_mixed_by_one_of_them() -> None:
    mixed, (partners, kept) = _mixed(RowMixing(seed=1, **_WAYS["both"]))
    share = kept[:, None, None, None]
    blended = share * _IMAGES + (1 - share) * _IMAGES[partners]
    by_mixup = np.isclose(mixed, blended, atol=1e-5).all(axis=(1, 2, 3))
    pasted = (mixed == _IMAGES).all(axis=-1) | (mixed == _IMAGES[partners]).all(axis=-1)
    by_cutmix = pasted.all(axis=(1, 2))
    assert (by_mixup | by_cutmix).all()
    assert by_mixup.sum() > 4
    assert by_cutmix.sum() > 4


@pytest.mark.parametrize("way", _WAYS)
def test_the_same_seed_mixes_the_same_and_the_next_batch_differently(way: str) -> None:
    one, other = (RowMixing(seed=1, **_WAYS[way]) for _ in range(2))
    first = _mixed(one)[0]
    np.testing.assert_array_equal(first, _mixed(other)[0])
    assert not np.array_equal(first, _mixed(one)[0])


@pytest.mark.parametrize("way", _WAYS)
def test_a_layer_is_rebuilt_from_its_configuration(way: str) -> None:
    layer = RowMixing(seed=3, **_WAYS[way])
    assert RowMixing.from_config(layer.get_config()).get_config() == layer.get_config()


def test_what_is_exported_holds_no_random_operation() -> None:
    layer = RowMixing(seed=3, **_WAYS["both"])
    graph = tf.function(lambda rows: layer(rows, training=False)).get_concrete_function(
        tf.TensorSpec((None, 12, 16, 3))
    )
    assert not [op.type for op in graph.graph.get_operations() if "Random" in op.type]
