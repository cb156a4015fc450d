"""What explanations cost beside `shap`'s own explainers: processor time of one process.

    python -m benchmarks.explain RUN [--stage]

RUN is a trained run of a domain whose network has a gradient (images, speech, forecasts). Both
sides explain the same answers of the same rows by the same masks; all is traced before time counts.
Numba compiles what `shap` does, which the product itself spares the user's process. With --stage
the explain stage of the run is done anew and timed too, checks, survey and gallery included.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import keras
import numba  # noqa: F401 - before shap, which else leaves its loops to Python
import numpy as np
from numpy.typing import NDArray

from pipelines import get_pipeline
from pipelines.speech.spectra import short_time_transform
from shared.config.sources import read_config
from shared.explain.explain import explain_stage
from shared.explain.explainer import Explainer, load_explainer
from shared.explain.game.game import Game
from shared.explain.game.together import Steps, run_alone, run_together
from shared.explain.methods.attribution import Attribution
from shared.explain.methods.cut import Place
from shared.explain.methods.expected_gradients import POINTS, draw_lines
from shared.explain.methods.gradients import GradientSource, path_gradients
from shared.explain.methods.shap_library import KeepMasker, guarded, load_shap
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG
from shared.run.progress import SilentProgress
from shared.stages.runner import checked_splits

__all__ = ["context_of", "main"]

_GRADIENT_ROWS = 3
_SHAP_POINTS = 200
_OUR_DRAWS = range(2, 15)
_REFERENCE_DRAWS = 80
_SEGMENT_ROWS = 8
_ORDERS = 2
_TILES = 40
_SECOND = 16_000
"""Samples."""
_REPEATS = 3

Result = TypeVar("Result")


@dataclass(frozen=True)
class _Cost:
    """Of one way: processor seconds, and its error where one is measured."""

    seconds: float
    error: float = 0.0


def main() -> None:
    """Print one line a comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--stage", action="store_true")
    asked = parser.parse_args()
    context = context_of(asked.run)
    splits = context.splits()
    explainer = load_explainer(context, splits.target)
    rows = [splits.test.rows(np.array([index])) for index in range(_SEGMENT_ROWS)]
    games = [run_alone(explainer.game(explainer.model.decode_rows(row))) for row in rows]
    print("| what | ours, CPU-s | beside, CPU-s | ratio |")
    print("|---|---|---|---|")
    _compare_gradients(explainer, games[:_GRADIENT_ROWS])
    _compare_segments(explainer, games)
    _compare_inverse_transforms()
    if asked.stage:
        seconds, _ = _timed(lambda: explain_stage(context))
        print(f"| explain stage, {context.pipeline.name} | {seconds:.1f} | | |")


def context_of(folder: Path) -> StageContext:
    """A trained run as its stages see it."""
    run = RunDirectory(folder)
    pipeline = get_pipeline(run.read_json(CONFIG, maker="resolve")["pipeline"])
    config = read_config(pipeline.config_type, run / CONFIG)
    splits = checked_splits(pipeline, config, run)
    return StageContext(pipeline, config, run, SilentProgress(), splits)


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def _print(what: str, ours: _Cost, theirs: _Cost) -> None:
    ratio = theirs.seconds / ours.seconds
    print(f"| {what} | {ours.seconds:.2f} | {theirs.seconds:.2f} | {ratio:.1f} |", flush=True)


def _compare_gradients(explainer: Explainer, games: Sequence[Game]) -> None:
    """Expected gradients: ours with as few draws as reach the error of the library's points."""
    sources = [explainer.gradient_source(game) for game in games]
    reference = [_ours(source, _REFERENCE_DRAWS, seed=99) for source in sources]  # traces too
    theirs = _library_gradients(sources, reference)
    for draws in _OUR_DRAWS:
        seconds, values = _timed(partial(_all_of_ours, sources, draws))
        ours = _Cost(seconds / len(sources), _error(values, reference))
        if ours.error <= theirs.error:
            break
    what = (
        f"expected gradients of a row: {draws * POINTS} points spread (error {ours.error:.2f})"
        f" beside GradientExplainer's {_SHAP_POINTS} ({theirs.error:.2f})"
    )
    _print(what, ours, theirs)


def _all_of_ours(sources: Sequence[GradientSource], draws: int) -> list[NDArray[np.float64]]:
    return [_ours(source, draws, seed=1) for source in sources]


def _ours(source: GradientSource, draws: int, *, seed: int) -> NDArray[np.float64]:
    """As `expected_gradients` draws, without its rule when to stop."""
    background = source.background()
    lines = draw_lines(np.random.default_rng(seed), len(background[0]), draws)
    baselines = [part[lines.baselines] for part in background]
    means = path_gradients(source, baselines, lines.positions, a_line=POINTS)
    return np.asarray(means.mean(axis=0))


def _library_gradients(
    sources: Sequence[GradientSource], reference: Sequence[NDArray[np.float64]]
) -> _Cost:
    shap = load_shap()
    values = []
    spent = 0.0
    for source in sources:
        with guarded(0):
            explainer = shap.GradientExplainer(_answering(source), _given(source.background()))
            whole = _given(source.whole)
            explainer.shap_values(whole, nsamples=2, rseed=0)  # traced
            work = partial(explainer.shap_values, whole, nsamples=_SHAP_POINTS, rseed=1)
            seconds, found = _timed(work)
            cells = found if isinstance(found, list) else [found]
        spent += seconds
        values.append(source.by_segment([np.asarray(one)[..., 0] for one in cells])[0])
    return _Cost(spent / len(sources), _error(values, reference))


def _given(place: Place) -> Any:
    """One tensor alone, several as a list: what the library takes."""
    return place[0] if len(place) == 1 else list(place)


def _answering(source: GradientSource) -> keras.Model:
    """The network that gives what is explained as its one output: a layer, as the library needs."""
    head = source.cut.head
    answer = keras.layers.Lambda(
        lambda scores: source.cut.answer(source.question, scores)[:, None], output_shape=(1,)
    )
    return keras.Model(head.inputs, answer(head.output))


def _error(values: Sequence[NDArray[Any]], reference: Sequence[NDArray[Any]]) -> float:
    """Σ |value − reference| / Σ |reference|, over segments and rows."""
    return float(np.abs(np.stack(values) - reference).sum() / np.abs(reference).sum())


def _compare_segments(explainer: Explainer, games: Sequence[Game]) -> None:
    """Random orders of several rows: all rows at once beside one `shap.Explainer` a row."""
    works = [_orders_of(explainer, game.anew()) for game in games]
    ours, _ = _timed(lambda: list(run_together(works)))
    shap = load_shap()

    def explain(game: Game) -> None:
        num_segments = game.score.num_segments
        one = shap.Explainer(
            lambda keep: _answers(explainer, game, keep),
            KeepMasker(num_segments),
            algorithm="permutation",
        )
        row = np.ones((1, num_segments), dtype=np.bool_)
        one(row, max_evals=_ORDERS * (2 * num_segments + 1), silent=True)

    with guarded(0):
        explain(games[0])  # Numba compiles
        theirs, _ = _timed(lambda: list(map(explain, games)))
    what = f"{_ORDERS} random orders of each of {len(games)} rows, beside shap.Explainer a row"
    _print(what, _Cost(ours), _Cost(theirs))


def _orders_of(explainer: Explainer, game: Game) -> Steps[Attribution]:
    budget = 2 * _ORDERS * (game.score.num_segments - 1) + 2
    return explainer.attribute(game, budget, seed=0, method="shap_permutation")


def _answers(explainer: Explainer, game: Game, keep: NDArray[Any]) -> NDArray[np.float64]:
    """What a user of the library would write: masks, rows, scores, answers; nothing remembered."""
    again = game.score.anew()
    rows = again.mask(np.asarray(keep, dtype=np.bool_))
    return again.answers(explainer.scores(rows))


def _compare_inverse_transforms() -> None:
    """What removing each of 40 parts of a second of sound subtracts."""
    generator = np.random.default_rng(0)
    transform = short_time_transform(_SECOND)
    spectrum = transform.stft(generator.normal(size=_SECOND))
    owner = generator.integers(_TILES, size=spectrum.shape)
    owned = owner[None] == np.arange(_TILES)[:, None, None]
    parts = np.where(owned, spectrum[None], 0.0)

    def one_by_one() -> NDArray[Any]:
        return np.stack([transform.istft(part, k1=_SECOND) for part in parts])

    def together() -> NDArray[Any]:
        return np.asarray(transform.istft(parts, k1=_SECOND))

    np.testing.assert_array_equal(one_by_one(), together())
    ours = np.median([_timed(together)[0] for _ in range(_REPEATS)])
    theirs = np.median([_timed(one_by_one)[0] for _ in range(_REPEATS)])
    what = f"inverse transform of {_TILES} parts of a second, at once beside one by one"
    _print(what, _Cost(float(ours)), _Cost(float(theirs)))


if __name__ == "__main__":
    main()
