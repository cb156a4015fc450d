"""What a pipeline is: a frozen record of functions over plain arrays. Types only.

Importing this never loads TensorFlow.

    source ─ load ─► Splits(train, val, test, target) ─ rows() ─► wire batch ─ decode ─► row ─
    preprocess ─► tensors ─ model ─► scores

*Wire* is what a client sends (JPEG bytes, WAV bytes, text, a window of numbers); a *row* is its
decoded form (pixels, samples…), on which segments and perturbations act; *scores* are what the
network emits, which only the `Target` knows how to read.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.config import RunConfig
from shared.contract.behaviours import BehaviourSuite
from shared.contract.examples import Examples, Splits
from shared.contract.generated_rows import GeneratedRows, generates_nothing
from shared.contract.padding import Padding, no_padding
from shared.contract.perturbation import Perturbation
from shared.contract.purpose import NO_PURPOSE, Purpose
from shared.contract.refusals import Refusal, no_refusals, no_unusable_items
from shared.contract.segments import Segments
from shared.contract.served.segments import ServedSegments, serves_no_segments
from shared.contract.served.stream import ServedStream, streams_no_scores
from shared.contract.served.tensors import ServedTensor, serves_no_tensors
from shared.contract.sources import Inputs, InputStream, Recognition, Rows
from shared.targets import Target

if TYPE_CHECKING:
    from pathlib import Path

    import keras

__all__ = [
    "Deferred",
    "Pipeline",
    "keeps_settings",
    "no_baselines",
    "no_behaviours",
    "no_perturbations",
    "recognises_nothing",
    "streams_nothing",
]


def no_baselines(config: Any, target: Target) -> Mapping[str, keras.Model]:
    """The baselines of a pipeline whose preprocessing fits none."""
    del config, target
    return {}


def no_behaviours(config: Any, target: Target) -> BehaviourSuite:
    """The suite of a pipeline that tests no behaviour."""
    del config, target
    return BehaviourSuite()


def no_perturbations(config: Any) -> Mapping[str, Perturbation]:
    """The perturbations of a pipeline that changes no rows."""
    del config
    return {}


def keeps_settings(config: Any) -> Any:
    """The answer of a pipeline whose settings are complete before its data is read."""
    return config


def recognises_nothing(source: str) -> None:
    """The answer of a pipeline that must be named to `inspect`."""
    del source


def streams_nothing(config: Any, path: Path) -> None:
    """The answer of a pipeline whose inputs are read at once."""
    del config, path


@dataclass(frozen=True)
class Pipeline:
    """Everything that makes a domain a domain.

    What each member must do is a contract check (`tests/contract/`).

    The three Keras models are functional and take a dict of named tensors with a leading batch
    axis; `decode` and `preprocess` return such a dict, `model` returns one tensor.

    Attributes:
        name: Equals the folder name.
        title: For people: "Medical imaging".
        config_type: Frozen configuration with a default and bounds for every field.
        load: Reads the configured source; deterministic; ids and entities disjoint between splits.
        synthesize: (cfg, n, seed): known-answer data in the same schema, without files or network.
        read_inputs: (cfg, path): unlabelled raw files to score; unreadable ones are named, never
            raised.
        stream_inputs: (cfg, path): the same inputs in pieces; None where they must be read at once,
            because one needs the rows of many.
        decode: Wire batch -> decoded row, as a functional model with named inputs; the identity
            where both are the same. Each row by itself, so that it is the same bits in any batch.
        preprocess: (cfg, train): decoded row -> named tensors; fitted on the training split only;
            row-wise.
        model: (cfg, target): tensors -> scores (batch, *target.shape); uncompiled; augmentation
            acts in training only. Each input is named like one of `preprocess`' outputs, the single
            output is of the target's `score_dtype`.
        segments: (cfg, row): the explanation's segments for one decoded row (leading axis of length
            1).
        perturbations: Named changes of decoded rows; without any, the report says that nothing is
            known about robustness.
        baselines: (cfg, target): what `preprocess` has fitted in closed form, as simple models of
            their own, tensors -> scores, without weights of their own; the predict stage scores the
            test split with each, so that the network must show what it adds.
        behaviours: (cfg, target): rows of its own with an expectation of each (`behaviours.py`);
            none by default.
        recognises: A `data.source` (a path, or `tfds:<dataset>`) -> why the pipeline takes it for
            its own, or None; `inspect` asks all pipelines.
        complete: cfg -> cfg in which nothing is left open: a setting that is null until the
            training split has decided it, such as the names of the columns, from which the shapes
            of `decode` and `model` follow. Comes before all stages, so that `config.json` holds it.
        refusals: Rules on wire items, the first that speaks counts; the served graph answers what
            they refuse with their words, alone, without decoding it.
        padding: Where prepared rows end at different places: rows of like length then share a
            training batch. None if they are all of one length, or if length costs no time.
        unusable_items: Kind -> a wire batch of one item that the graph must refuse; each export
            sends all of them among good ones.
        purpose: What it is for and not for, and whom it touches; opens every report and model card.
        served_segments: What the served graph attributes its answers to; None if to nothing.
        served_stream: (cfg, deployed model): how the graph scores a signal piece by piece; None if
            it reads whole rows only.
        generate: (cfg, training split, target): rows that a model of the training split made, for
            the network to learn from too; None for none. They are in no other split.
        served_tensors: Endpoint -> what of `preprocess` it answers with, beside the predictions.
    """

    name: str
    title: str
    config_type: type[RunConfig]
    load: Callable[[Any], Splits]
    synthesize: Callable[[Any, int, int], Splits]
    read_inputs: Callable[[Any, Path], Inputs]
    decode: Callable[[Any], keras.Model]
    preprocess: Callable[[Any, Examples], keras.Model]
    model: Callable[[Any, Target], keras.Model]
    segments: Callable[[Any, Rows], Segments]
    perturbations: Callable[[Any], Mapping[str, Perturbation]] = no_perturbations
    baselines: Callable[[Any, Target], Mapping[str, keras.Model]] = no_baselines
    behaviours: Callable[[Any, Target], BehaviourSuite] = no_behaviours
    recognises: Callable[[str], Recognition | None] = recognises_nothing
    complete: Callable[[Any], Any] = keeps_settings
    refusals: Callable[[Any], Sequence[Refusal]] = no_refusals
    padding: Callable[[Any], Padding | None] = no_padding
    unusable_items: Callable[[Any], Mapping[str, Rows]] = no_unusable_items
    stream_inputs: Callable[[Any, Path], InputStream | None] = streams_nothing
    purpose: Purpose = NO_PURPOSE
    served_segments: Callable[[Any], ServedSegments | None] = serves_no_segments
    served_stream: Callable[[Any, keras.Model], ServedStream | None] = streams_no_scores
    generate: Callable[[Any, Examples, Target], GeneratedRows | None] = generates_nothing
    served_tensors: Callable[[Any], Mapping[str, ServedTensor]] = serves_no_tensors


@dataclass(frozen=True)
class Deferred:
    """A function that is imported when it is called, so that naming it does not load TensorFlow.

    For example `Deferred("pipelines.speech.models.residual_cnn:build_model")`.

    Attributes:
        target: `module:function`.
    """

    target: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.resolve()(*args, **kwargs)

    def resolve(self) -> Callable[..., Any]:
        """Import the function."""
        module, _, name = self.target.partition(":")
        function: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return function
