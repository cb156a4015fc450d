"""The predict stage: score validation, test and perturbations once; all after it is tables."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples, Rows, Splits
from shared.model.named_inputs import reading_by_name
from shared.model.trained_model import (
    Answers,
    TrainedModel,
    load_network,
    load_trained_model,
)
from shared.prediction.behaviours import score_behaviours
from shared.prediction.feature_statistics import fit_feature_distance
from shared.run.artefacts.blend_file import BlendRecord
from shared.run.artefacts.feature_distance import FeatureDistance, write_feature_distance
from shared.run.artefacts.prediction_files import (
    write_baselines,
    write_perturbations,
    write_predictions,
)
from shared.run.context import StageContext
from shared.run.progress import Progress
from shared.targets import Categories, Horizon, Target
from shared.targets.ood import describe_lack_of_features
from shared.targets.predictions import Predictions, concatenate

__all__ = ["choose_rows", "predict_split", "predict_stage"]

_CHUNK_ROWS = 512

_Key = tuple[str, int]
"""A perturbation and its severity."""


@dataclass(frozen=True)
class _Scored:
    """What one model says, what it was chosen from, and the statistics of its training features."""

    val: Predictions
    test: Predictions
    network: Predictions
    baselines: dict[str, Predictions]
    perturbations: dict[_Key, Predictions]
    feature_statistics: FeatureDistance | None


def predict_stage(context: StageContext) -> None:
    """Write `predictions/*.parquet`.

    Of a cross-validation, each row as scored by the fold that tests it.

    Behaviour tests have rows of their own, which no fold tests: the first fold's model scores them,
    because it is the one that is served; and it is its training split that
    `predictions/feature_statistics.parquet` describes.
    """
    splits = context.splits()
    limit = context.config.evaluate.max_perturbation_examples
    num_tested = sum(len(fold.test) for fold in splits.folds or (splits,))
    perturbed = choose_rows(num_tested, limit, context.config.train.seed)
    scored = _score_folds(context, splits.folds, perturbed)
    if not splits.folds:
        scored = [_score(context, splits, perturbed, stream=())]
    _write_splits(context, scored, with_folds=bool(splits.folds))
    names = scored[0].baselines  # the same for each fold
    baselines = {name: concatenate([item.baselines[name] for item in scored]) for name in names}
    write_baselines(context.run, baselines)
    write_predictions(context.run, "network", concatenate([item.network for item in scored]))
    write_feature_distance(context.run, scored[0].feature_statistics)
    write_perturbations(context.run, _joined_perturbations(scored))
    score_behaviours(context, splits.target, lambda: load_trained_model(context).score_rows)


def _score_folds(
    context: StageContext, folds: Sequence[Splits], perturbed: NDArray[np.int64]
) -> list[_Scored]:
    """What each fold's model says of the rows that it tests.

    Args:
        context: Of the whole run.
        folds: Their splits.
        perturbed: Positions of rows to perturb, among the test rows of all folds.
    """
    scored = []
    first = 0
    for number, fold in enumerate(folds, start=1):
        end = first + len(fold.test)
        here = perturbed[(perturbed >= first) & (perturbed < end)] - first
        # Of what a fold validates on, the rows that the next fold tests: so that each row is there
        # once.
        once = replace(fold, val=folds[number % len(folds)].test)
        scored.append(_score(context.of_fold(number, folds), once, here, stream=(number,)))
        first = end
    return scored


def _write_splits(context: StageContext, scored: Sequence[_Scored], *, with_folds: bool) -> None:
    sides = {"val": [item.val for item in scored], "test": [item.test for item in scored]}
    for split, each in sides.items():
        sizes = [len(predictions) for predictions in each]
        numbers = np.repeat(np.arange(1, len(each) + 1), sizes)
        write_predictions(context.run, split, concatenate(each), numbers if with_folds else None)


def _joined_perturbations(scored: Sequence[_Scored]) -> dict[_Key, Predictions]:
    """The rows of all folds; a fold of which no row was chosen has none."""
    joined: dict[_Key, list[Predictions]] = {}
    for item in scored:
        for key, predictions in item.perturbations.items():
            joined.setdefault(key, []).append(predictions)
    return {key: concatenate(each) for key, each in joined.items()}


def _score(
    context: StageContext, splits: Splits, perturbed: NDArray[np.int64], *, stream: tuple[int, ...]
) -> _Scored:
    """Score validation, test and the perturbed test rows with the model of a context's run."""
    model = load_trained_model(context)
    scorer = _Scorer(model, _fit_feature_statistics(context, model, splits), context.progress)
    simple = context.pipeline.baselines(context.config, splits.target)
    val = scorer.split(splits.val)
    test = scorer.split(splits.test)
    baselines = {
        name: predict_split(
            replace(model, model=reading_by_name(each)), splits.test, context.progress
        )
        for name, each in simple.items()
    }
    network = _score_network(context, model, splits.test, deployed=test)
    perturbations: dict[_Key, Predictions] = {}
    if len(perturbed):
        chosen = splits.test.take(perturbed)
        perturbations = _score_perturbations(context, scorer, chosen, stream)
    return _Scored(val, test, network, baselines, perturbations, scorer.feature_statistics)


def _score_network(
    context: StageContext, model: TrainedModel, test: Examples, *, deployed: Predictions
) -> Predictions:
    """What the network alone says of the test split."""
    if BlendRecord.read(context.run).deployed == "network":
        return replace(deployed, distances=None, spreads=None)
    alone = replace(model, model=load_network(context))
    return predict_split(alone, test, context.progress)


def _fit_feature_statistics(
    context: StageContext, model: TrainedModel, splits: Splits
) -> FeatureDistance | None:
    if model.with_features is None:
        context.progress.log(describe_lack_of_features(splits.target))
        return None
    chosen = choose_rows(
        len(splits.train), context.config.evaluate.max_feature_examples, context.config.train.seed
    )
    known = splits.train.take(chosen)
    chunks = _Scorer(model, None, context.progress).answers(known)
    features = [answers.features for answers in chunks if answers.features is not None]
    if not features:
        return None
    return fit_feature_distance(np.concatenate(features), _classes(splits.target, known))


def _classes(target: Target, examples: Examples) -> NDArray[np.int64]:
    match target:
        case Categories():
            return examples.targets.astype(np.int64)
        case Horizon():
            return np.zeros(len(examples), dtype=np.int64)
        case _:
            assert_never(target)


def _score_perturbations(
    context: StageContext, scorer: _Scorer, chosen: Examples, stream: tuple[int, ...]
) -> dict[_Key, Predictions]:
    rows = scorer.model.decode_rows(chosen.rows(np.arange(len(chosen))))
    perturbations = context.pipeline.perturbations(context.config)
    todo = [
        (name, severity)
        for name, perturbation in perturbations.items()
        for severity in perturbation.severities
    ]

    def change(name: str, severity: int) -> Rows:
        generator = np.random.default_rng(
            [context.config.train.seed, zlib.crc32(name.encode()), severity, *stream]
        )
        return perturbations[name].apply(rows, severity, generator)

    scored: dict[_Key, Predictions] = {}
    for (name, severity), changed in _made_ahead(lambda key: change(*key), todo):
        context.progress.update(len(scored), len(todo), f"perturbation {name} {severity}")
        answers = scorer.model.answer_rows(changed)
        restore = perturbations[name].restore
        if restore is not None:
            answers = replace(answers, scores=restore(answers.scores))
        # `restore` knows of scores alone, and nothing reads the spread of changed rows.
        scored[name, severity] = replace(scorer.predictions(chosen, answers), spreads=None)
    return scored


def _made_ahead(make: Callable[[_Key], Rows], keys: Sequence[_Key]) -> Iterator[tuple[_Key, Rows]]:
    """Each key with what is made of it.

    While one is used, the next is made: NumPy on one core, TensorFlow on the others.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="perturbation") as maker:
        pending = [maker.submit(make, key) for key in keys[:1]]
        for place, key in enumerate(keys):
            made = pending.pop().result()
            pending = [maker.submit(make, following) for following in keys[place + 1 : place + 2]]
            yield key, made


@dataclass(frozen=True)
class _Scorer:
    """A trained model, and the statistics of its training features once they are fitted."""

    model: TrainedModel
    feature_statistics: FeatureDistance | None
    progress: Progress

    def split(self, examples: Examples) -> Predictions:
        """Score all examples of one split; of their features only the distances are kept."""
        kept = []
        distances = []
        for answers in self.answers(examples):
            distance = self._distances(answers)
            if distance is not None:
                distances.append(distance)
            kept.append(replace(answers, features=None))
        measured = np.concatenate(distances) if distances else None
        return self._beside_truth(examples, Answers.joined(kept), measured)

    def answers(self, examples: Examples) -> Iterator[Answers]:
        """Scores and features of all examples, `_CHUNK_ROWS` at a time."""
        for start in range(0, len(examples), _CHUNK_ROWS):
            self.progress.update(start, len(examples), "scoring")
            wire: Rows = examples.rows(np.arange(start, min(start + _CHUNK_ROWS, len(examples))))
            yield self.model.answer_rows(self.model.decode_rows(wire))

    def predictions(self, examples: Examples, answers: Answers) -> Predictions:
        """Scores beside the truth, and the distance of each row's features."""
        return self._beside_truth(examples, answers, self._distances(answers))

    def _distances(self, answers: Answers) -> NDArray[np.float32] | None:
        if self.feature_statistics is None or answers.features is None:
            return None
        return self.feature_statistics.measure(answers.features)

    def _beside_truth(
        self, examples: Examples, answers: Answers, distances: NDArray[np.float32] | None
    ) -> Predictions:
        return Predictions(
            examples.ids,
            examples.entities,
            examples.targets,
            answers.scores,
            examples.forecast,
            distances,
            answers.spreads,
        )


def predict_split(model: TrainedModel, examples: Examples, progress: Progress) -> Predictions:
    """Score all examples of one split, in bounded memory; without distances and spreads."""
    return replace(_Scorer(model, None, progress).split(examples), spreads=None)


def choose_rows(num_rows: int, limit: int, seed: int) -> NDArray[np.int64]:
    """Indices (int64, increasing) of at most `limit` rows, drawn without replacement."""
    if num_rows <= limit:
        return np.arange(num_rows, dtype=np.int64)
    return np.sort(
        np.random.default_rng([seed, num_rows]).choice(num_rows, limit, replace=False)
    ).astype(np.int64)
