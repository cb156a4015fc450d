"""One pipeline under test, with everything that several checks need, made once and only when asked for."""

from __future__ import annotations

import copy
import importlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from shared.config import RunConfig
from shared.config.families import families
from shared.config.sources import resolve_config
from shared.config.transfer import TransferConfig
from shared.contract import Examples, Pipeline, Rows, Splits
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.stages.runner import run_stages
from shared.stages.table import STAGES, Stage
from tests.encoders import write_encoder

__all__ = ["Case", "StageChange"]

StageFunction = Callable[[StageContext], None]
StageChange = Callable[[StageFunction], StageFunction]
"""Makes a sabotaged stage of the real one."""


class Case:
    """A pipeline with one of its families of networks, its smoke preset, and what comes of it.

    Args:
        pipeline: The pipeline under test.
        presets: Folder of its presets.
        folder: Scratch folder; everything is written below it.
        family: Of networks; None for the pipeline's first.
        deploy: `train.deploy`. Without being told, validation deploys the floor of most smoke runs,
            and the checks would say nothing of the network.
        settings: Assignments beside those of the preset.
        stage_changes: Saboteurs only: stage name -> what is done to that stage.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        presets: Path,
        folder: Path,
        stage_changes: Mapping[str, StageChange] | None = None,
        family: str | None = None,
        *,
        deploy: str = "network",
        settings: tuple[str, ...] = (),
    ) -> None:
        self.pipeline = pipeline
        self.presets = presets
        self.folder = folder
        self.family = family
        self.deploy = deploy
        self.settings = settings
        self.stage_changes = dict(stage_changes or {})
        self._run = RunDirectory(folder / "run")
        self._done: set[str] = set()

    @property
    def preset(self) -> str:
        """`smoke`, or the smoke preset of another family than the first."""
        first = next(iter(families(self.pipeline.config_type)), None)
        return "smoke" if self.family in (None, first) else f"smoke_{self.family}"

    @cached_property
    def config(self) -> RunConfig:
        """The smoke preset of the family, with a tiny encoder where it needs one."""
        cache = self.folder / "cache"
        settings = [f"data.cache_dir={cache}", f"train.deploy={self.deploy}", *self.settings]
        family = families(self.pipeline.config_type).get(self.family or "")
        if family is not None and issubclass(family, TransferConfig):
            settings.append(f"model.encoder={write_encoder(self.pipeline.name, self.folder)}")
        config = resolve_config(self.pipeline.config_type, self.presets, self.preset, settings)
        config = config.model_copy(update={"pipeline": self.pipeline.name})
        # As the runner does before all stages.
        completed: RunConfig = self.pipeline.complete(config)
        return completed

    @cached_property
    def splits(self) -> Splits:
        """The known-answer data of the `smoke` preset."""
        return self.synthesize(self.config.train.seed)

    @cached_property
    def preprocess(self) -> keras.Model:
        """Fitted on the training split."""
        return self.pipeline.preprocess(self.config, self.splits.train)

    @cached_property
    def trained(self) -> TrainedModel:
        """What the real train stage made."""
        return load_trained_model(self.context(self.run("train")))

    @cached_property
    def served(self) -> Any:
        """The SavedModel of the real export stage, as TensorFlow loads it."""
        (path,) = (self.run("export") / "saved_model").iterdir()
        return tf.saved_model.load(str(path))

    @cached_property
    def decode(self) -> keras.Model:
        """Wire format -> row."""
        return self.pipeline.decode(self.config)

    @cached_property
    def _decoder(self) -> TrainedModel:
        return TrainedModel(self.decode, self.preprocess, self.preprocess)

    def synthesize(self, seed: int) -> Splits:
        """Known-answer data of another seed, in the size of the `smoke` preset."""
        return self.pipeline.synthesize(self.config, self.config.data.num_demo_examples, seed)

    def wire(self, count: int, part: str = "test") -> Rows:
        """The first `count` examples of a part, as a client would send them."""
        return self.splits.by_split()[part].rows(np.arange(count, dtype=np.int64))

    def rows(self, count: int, part: str = "test") -> Rows:
        """The first `count` examples of a part, decoded."""
        return self._decoder.decode_rows(self.wire(count, part))

    def run(self, stage: str) -> RunDirectory:
        """A run directory in which the real stages have made all that `stage` needs, and its own artefacts."""
        missing = [name for name in _with_needs(stage) if name not in self._done]
        if missing:
            self.run_again(missing, self._run)
            self._done.update(missing)
        return self._run

    def run_again(self, stages: list[str], run: RunDirectory) -> None:
        """Run the stages, changed or not, in a run directory."""
        # Keras numbers layers by process; a stage that is run again usually has one of its own
        keras.utils.clear_session()
        with self._changed_stages():
            run_stages(self.pipeline, self.config, run, stages=stages)

    def call_stage(self, stage: str, run: RunDirectory) -> None:
        """Call one stage's function on a run directory that a check has edited, which `run_stages` would call stale."""
        module_name, _, function_name = _stage(stage).function.partition(":")
        with self._changed_stages():
            getattr(importlib.import_module(module_name), function_name)(self.context(run))

    def copy_of(self, stage: str, name: str) -> RunDirectory:
        """A copy of `run(stage)` that a check may edit.

        Its folder has the same name, which the report shows.
        """
        copy = self.folder / name / self._run.path.name
        shutil.copytree(self.run(stage).path, copy)
        return RunDirectory(copy)

    def context(self, run: RunDirectory) -> StageContext:
        """What a stage receives."""
        return StageContext(self.pipeline, self.config, run, SilentProgress(), lambda: self.splits)

    def variant(
        self,
        name: str,
        pipeline: Pipeline | None = None,
        stage_changes: Mapping[str, StageChange] | None = None,
        redo: Iterable[str] | None = None,
    ) -> Case:
        """Another case beside this one, with another pipeline or with changed stages.

        Args:
            name: Of its folder.
            pipeline: None for the same.
            stage_changes: As for the class.
            redo: Stages that must run anew, with all that need their artefacts; the artefacts of
                the others are copied. None for the changed stages, or for everything if the
                pipeline is another.
        """
        other = Case(
            pipeline or self.pipeline,
            self.presets,
            self.folder / name,
            stage_changes,
            self.family,
            deploy=self.deploy,
            settings=self.settings,
        )
        if redo is None:
            redo = other.stage_changes.keys() if pipeline is None else ("resolve", "data")
        dirty = {stage.name for stage in STAGES if set(redo) & set(_with_needs(stage.name))}
        other._done = self._done - dirty
        if other._done:
            shutil.copytree(self._run.path, other._run.path)
        return other

    @contextmanager
    def _changed_stages(self) -> Iterator[None]:
        # What is changed first lies within: a saboteur of training finds the test part closed.
        changes = [*self.stage_changes.items(), ("train", without_test_part)]
        with ExitStack() as patches:
            for name, change in changes:
                module_name, _, function_name = _stage(name).function.partition(":")
                module: Any = importlib.import_module(module_name)
                patches.enter_context(
                    mock.patch.object(module, function_name, change(getattr(module, function_name)))
                )
            yield


class _ClosedPart:
    """A part of which only the fingerprint is told, by which a training knows its data again."""

    def __init__(self, part: Examples) -> None:
        self.fingerprint = part.fingerprint

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"training opened the test part: it asked for its {name!r}")

    def __len__(self) -> int:
        raise AssertionError("training opened the test part: it asked for its length")


def without_test_part(train: StageFunction) -> StageFunction:
    """The train stage without a test part, so that every trained run shows that none is needed."""

    def stage(context: StageContext) -> None:
        def closed() -> Splits:
            splits = copy.copy(context.splits())
            object.__setattr__(splits, "test", _ClosedPart(splits.test))
            return splits

        train(replace(context, splits=closed))

    return stage


def _stage(name: str) -> Stage:
    return next(stage for stage in STAGES if stage.name == name)


def _with_needs(stage: str) -> list[str]:
    """The stage and all whose artefacts it needs, directly or not, in their order."""
    makers = {artefact: candidate.name for candidate in STAGES for artefact in candidate.makes}
    wanted, queue = {"resolve"}, [stage]
    while queue:
        name = queue.pop()
        wanted.add(name)
        queue.extend(
            makers[artefact] for artefact in _stage(name).needs if makers[artefact] not in wanted
        )
    return [candidate.name for candidate in STAGES if candidate.name in wanted]
