"""Stages that break the contract: each takes the honest stage and gives back one with a fault."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.loading.batches.batching import training_batches
from shared.model.trained_model import load_trained_model
from shared.run.artefacts.feature_distance import FeatureDistance
from shared.run.context import StageContext
from shared.serving.deployed_graph import DeployedGraph, write_saved_model
from shared.training.distribution.replicas import sum_over_replicas
from shared.training.trainable import TrainableModel
from tests.contract.saboteurs.layers import AlwaysNoisy
from tests.contract.saboteurs.made_once import make_once
from tests.shared.uncalibrated import UNCALIBRATED

__all__ = [
    "augment_when_served",
    "choose_on_test",
    "clip_each_share",
    "count_replicas",
    "count_twice",
    "export_without_preprocessing",
    "flatter",
    "forget_a_group",
    "forget_failures",
    "forget_who_is_mentioned",
    "hide_intervals",
    "judge_ood_answers",
    "load_from_network",
    "notice_nothing",
    "share_nothing",
    "swap_values",
    "unescape",
    "write_the_time",
]

StageFunction = Callable[[StageContext], None]


def choose_on_test(honest: StageFunction) -> StageFunction:
    """Stops training, and keeps the weights, by the loss on the test split."""

    def stage(context: StageContext) -> None:
        splits = context.splits()
        honest(replace(context, splits=lambda: replace(splits, val=splits.test)))

    return stage


def clip_each_share(honest: StageFunction) -> StageFunction:
    """Each replica clips its share of the gradient before the shares are added."""

    def clipped(gradients: Any) -> Any:
        return sum_over_replicas(tf.clip_by_global_norm(gradients, 0.01)[0])

    def stage(context: StageContext) -> None:
        with mock.patch("shared.training.trainable.sum_over_replicas", clipped):
            honest(context)

    return stage


def count_replicas(honest: StageFunction) -> StageFunction:
    """The loss is a mean over replicas, not over rows."""

    def count(self: TrainableModel, x: Any, y: Any, weight: Any, scores: Any, loss: Any) -> None:
        self._loss_tracker.update_state(loss * self.distribute_strategy.num_replicas_in_sync)

    def stage(context: StageContext) -> None:
        with mock.patch.object(TrainableModel, "_count", count):
            honest(context)

    return stage


def share_nothing(honest: StageFunction) -> StageFunction:
    """Every worker trains on all rows of a batch, one share after another."""

    def all_rows(*args: Any, **options: Any) -> Any:
        policy = tf.data.Options()
        policy.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
        return training_batches(*args, **options).with_options(policy)

    def stage(context: StageContext) -> None:
        with mock.patch("shared.training.fit.training_batches", all_rows):
            honest(context)

    return stage


def flatter(honest: StageFunction) -> StageFunction:
    """Reports an accuracy somewhat above the measured one."""

    def stage(context: StageContext) -> None:
        make_once(honest, context, "metrics.json")
        document = context.run.read_json("metrics.json", maker="evaluate")
        document["metrics"]["accuracy"]["value"] *= 1.01
        context.run.write_json("metrics.json", document)

    return stage


def judge_ood_answers(honest: StageFunction) -> StageFunction:
    """Counts a foreign input among the corruptions, although no answer to it could be right."""

    def stage(context: StageContext) -> None:
        changed = {
            name: replace(perturbation, kind="corruption")
            for name, perturbation in context.pipeline.perturbations(context.config).items()
        }
        honest(
            replace(context, pipeline=replace(context.pipeline, perturbations=lambda _: changed))
        )

    return stage


def forget_failures(honest: StageFunction) -> StageFunction:
    """Says that no behaviour test fails, or that some do where none does."""

    def stage(context: StageContext) -> None:
        make_once(honest, context, "metrics.json")
        document = context.run.read_json("metrics.json", maker="evaluate")
        for entry in document["behaviours"]["tests"]:
            entry["value"] = 0.0 if entry["value"] else 0.01
        context.run.write_json("metrics.json", document)

    return stage


def notice_nothing(honest: StageFunction) -> StageFunction:
    """Draws distances at random instead of measuring them."""

    def stage(context: StageContext) -> None:
        generator = np.random.default_rng(0)
        with mock.patch.object(
            FeatureDistance,
            "measure",
            lambda _, features: generator.random(len(features), dtype=np.float32),
        ):
            honest(context)

    return stage


def forget_who_is_mentioned(honest: StageFunction) -> StageFunction:
    """Leaves the first group of fillers out."""

    def stage(context: StageContext) -> None:
        make_once(honest, context, "metrics.json")
        document = context.run.read_json("metrics.json", maker="evaluate")
        del document["behaviours"]["fillers"][0]
        context.run.write_json("metrics.json", document)

    return stage


def forget_a_group(honest: StageFunction) -> StageFunction:
    """Leaves the first group out of the table."""

    def stage(context: StageContext) -> None:
        make_once(honest, context, "fairness.parquet")
        table = context.run.read_table("fairness.parquet", maker="fairness")
        context.run.write_table("fairness.parquet", table[table["group"] != table["group"].iloc[0]])

    return stage


def count_twice(honest: StageFunction) -> StageFunction:
    """Counts every row of a group twice."""

    def stage(context: StageContext) -> None:
        make_once(honest, context, "fairness.parquet")
        table = context.run.read_table("fairness.parquet", maker="fairness")
        context.run.write_table("fairness.parquet", table.assign(n=2 * table["n"]))

    return stage


def swap_values(honest: StageFunction) -> StageFunction:
    """Gives the largest value to the segment with the smallest, and so on; sums stay right."""

    def stage(context: StageContext) -> None:
        make_once(honest, context, "explanations")
        for path in (context.run / "explanations").glob("*.npz"):
            with np.load(path) as arrays:
                changed = dict(arrays.items())
            changed["values"] = _upside_down(changed["values"])
            np.savez_compressed(path, allow_pickle=False, **changed)

    return stage


def export_without_preprocessing(honest: StageFunction) -> StageFunction:
    """Publishes a graph in which the rows reach the network unprepared."""

    def stage(context: StageContext) -> None:
        make_once(honest, context, "signature.json")
        model = load_trained_model(context)
        signal = keras.Input(model.preprocess.inputs[0].shape[1:], name="signal")
        unprepared = keras.Model(
            {"signal": signal}, {"channels": keras.layers.Reshape((*signal.shape[1:], 1))(signal)}
        )
        incomplete = replace(model, preprocess=unprepared)
        graph = DeployedGraph(incomplete, context.splits().target, UNCALIBRATED)
        context.run.write_folder("saved_model/1", partial(write_saved_model, graph))

    return stage


def augment_when_served(honest: StageFunction) -> StageFunction:
    """Noise meant for training reaches the client."""

    def stage(context: StageContext) -> None:
        model = load_trained_model(context).model
        with context.run.replacing("model.keras") as path:
            keras.Model(model.input, AlwaysNoisy()(model.output)).save(path)
        honest(context)

    return stage


def write_the_time(honest: StageFunction) -> StageFunction:
    """Writes the moment into the table of metrics."""

    def stage(context: StageContext) -> None:
        make_once(honest, context, "metrics.parquet")
        metrics = context.run.read_table("metrics.parquet", maker="evaluate")
        context.run.write_table("metrics.parquet", metrics.assign(measured_at=time.time_ns()))

    return stage


def unescape(honest: StageFunction) -> StageFunction:
    """Puts names into the page as they come; the check gives it others than the honest run has."""

    def stage(context: StageContext) -> None:
        honest(context)
        _change_page(context, html.unescape)

    return stage


def load_from_network(honest: StageFunction) -> StageFunction:
    """Loads a font from somewhere."""
    return _with_page_changed(
        honest,
        lambda page: page.replace(
            "</head>", '<link rel="stylesheet" href="//fonts.example/sans.css"></head>'
        ),
    )


def run_a_script(honest: StageFunction) -> StageFunction:
    """Runs what the page's policy does not name."""
    return _with_page_changed(
        honest, lambda page: page.replace("</body>", "<script>alert(1)</script></body>")
    )


def hide_intervals(honest: StageFunction) -> StageFunction:
    """Shows numbers without saying how sure they are."""
    return _with_page_changed(honest, lambda page: re.sub(r">[^<>]* to [^<>]*<", "><", page))


def _with_page_changed(honest: StageFunction, change: Callable[[str], str]) -> StageFunction:
    def stage(context: StageContext) -> None:
        make_once(honest, context, "report.html")
        _change_page(context, change)

    return stage


def _change_page(context: StageContext, change: Callable[[str], str]) -> None:
    page = (context.run / "report.html").read_text(encoding="utf-8")
    context.run.write_text("report.html", change(page))


def _upside_down(values: NDArray[Any]) -> NDArray[Any]:
    swapped = np.empty_like(values)
    swapped[np.argsort(values)] = np.sort(values)[::-1]
    return swapped
