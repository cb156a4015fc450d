"""Pipelines and stages that answer what they must refuse, or refuse what they must answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from unittest import mock

import keras
import tensorflow as tf
from keras import ops

from shared.contract import Pipeline, Refusal, no_refusals, no_unusable_items
from shared.run.context import StageContext

__all__ = [
    "answer_with_gaps_filled",
    "let_refused_answers_through",
    "name_nothing_unusable",
    "refuse_the_whole_batch",
]

StageFunction = Callable[[StageContext], None]


def name_nothing_unusable(honest: Pipeline) -> Pipeline:
    """Nobody sends the graph what it must refuse."""
    return replace(honest, unusable_items=no_unusable_items)


def answer_with_gaps_filled(honest: Pipeline) -> Pipeline:
    """What is missing is made up in silence."""

    def decode(config: Any) -> keras.Model:
        base = honest.decode(config)
        filled = ops.nan_to_num(base.output["signal"], nan=0.0, posinf=0.0, neginf=0.0)
        return keras.Model(base.input, {"signal": filled})

    return replace(honest, refusals=no_refusals, decode=decode)


def refuse_the_whole_batch(honest: Pipeline) -> Pipeline:
    """One client's fault is everybody's."""

    def refusals(config: Any) -> tuple[Refusal, ...]:
        (honest_rule,) = honest.refusals(config)

        def refuse_all(wire: Mapping[str, Any]) -> Any:
            words = honest_rule(wire)
            return tf.where(tf.reduce_any(words != ""), tf.fill(tf.shape(words), "no"), words)

        return (refuse_all,)

    return replace(honest, refusals=refusals)


def let_refused_answers_through(honest: StageFunction) -> StageFunction:
    """There is an error, and beside it an answer as good as any."""

    def stage(context: StageContext) -> None:
        with mock.patch("shared.serving.deployed_graph.refuse", _only_say_so):
            honest(context)

    return stage


def _only_say_so(
    outputs: Mapping[str, Any], errors: Any, values: Mapping[str, Any]
) -> dict[str, Any]:
    del values
    return {**outputs, "error": errors}
