from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pipelines.medical_imaging import PIPELINE
from shared.loading.batches.batching import prepare
from shared.model.named_inputs import reading_by_name
from shared.model.trained_model import TrainedModel
from shared.run.progress import SilentProgress
from shared.training.compiled_model import make_trainable
from shared.training.fit import fit_model, seed_everything
from tests.pipelines.medical_imaging.images import config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Outcome:
    truth: NDArray[np.int64]
    network: NDArray[np.int64]
    linear: NDArray[np.int64]
    skin_tones: NDArray[Any]


def _fit_linear(images: NDArray[Any], targets: NDArray[Any]) -> Any:
    linear = make_pipeline(
        PCA(100, random_state=0), StandardScaler(), LogisticRegression(C=0.05, max_iter=2000)
    )
    return linear.fit(_flat(images), targets)


def _flat(images: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(images.reshape(len(images), -1) / 255.0)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    cfg = config(preset="default")
    splits = PIPELINE.synthesize(cfg, cfg.data.num_demo_examples, cfg.train.seed)
    seed_everything(cfg.train)
    decode, preprocess = PIPELINE.decode(cfg), PIPELINE.preprocess(cfg, splits.train)
    limits: dict[str, Any] = {
        "cache_limit_mib": cfg.data.cache_limit_mib,
        "progress": SilentProgress(),
    }
    train, val = (
        prepare(part, splits.target, decode, preprocess, **limits)
        for part in (splits.train, splits.val)
    )
    model = reading_by_name(PIPELINE.model(cfg, splits.target))
    trainable = make_trainable(
        model, splits.target, cfg.train, steps_per_epoch=train.num_examples // cfg.train.batch_size
    )
    fit_model(trainable, train, val, cfg.train, [])
    trained = TrainedModel(decode, preprocess, model)
    rows = {
        name: trained.decode_rows(part.rows(np.arange(len(part))))["image"]
        for name, part in splits.by_split().items()
    }
    return Outcome(
        truth=splits.test.targets,
        network=trained.score_rows({"image": rows["test"]}).argmax(axis=-1),
        linear=_fit_linear(rows["train"], splits.train.targets).predict(_flat(rows["test"])),
        skin_tones=splits.test.groups["skin_tone"].to_numpy(),
    )


def test_the_default_network_clearly_beats_a_linear_model_and_is_not_perfect(
    outcome: Outcome,
) -> None:
    network, linear = (
        balanced_accuracy_score(outcome.truth, decided)
        for decided in (outcome.network, outcome.linear)
    )
    assert network > linear + 0.3
    assert 0.8 < network < 0.99


def test_the_planted_bias_shows_as_more_errors_on_dark_skin(outcome: Outcome) -> None:
    wrong = outcome.network != outcome.truth
    error = {tone: wrong[outcome.skin_tones == tone].mean() for tone in ("light", "dark")}
    assert error["dark"] > error["light"] + 0.05
