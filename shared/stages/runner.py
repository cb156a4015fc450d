"""Running stages: which are due, the data that they share, and who takes part in a cluster.

Every stage leaves a record of the fingerprints of its inputs and outputs, from which
`shared.stages.freshness` finds what is stale.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout

from shared.cluster.cluster import Cluster
from shared.config import RunConfig
from shared.contract import Deferred, Pipeline, Splits
from shared.errors import ConfigError, MissingArtefactError, RunDirectoryError
from shared.loading.tensorflow_startup import start_tensorflow
from shared.run.artefacts.data.record import DataRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG
from shared.run.progress import Progress, SilentProgress
from shared.run.records import StageRecord, write_record
from shared.stages.freshness import code_of, current_inputs, is_up_to_date
from shared.stages.table import STAGES, Stage, stage_named

if TYPE_CHECKING:
    from shared.training.distribution.meeting import Meeting

__all__ = ["StageDisplay", "StageResult", "checked_splits", "run_stages"]

_TRAIN = "train"


class StageDisplay(Protocol):
    """Shows a run to a person: one live line per stage."""

    def stage(self, name: str) -> AbstractContextManager[Progress]:
        """The live line of one stage, open while it runs."""

    def reused(self, name: str) -> None:
        """A stage was skipped, because its artefacts are up to date."""


@dataclass(frozen=True)
class StageResult:
    """One finished stage: its name, how long it took, and whether its artefacts were reused."""

    name: str
    seconds: float
    reused: bool


@dataclass(frozen=True)
class _SplitsLoader:
    load: Callable[[], Splits]
    checked: Callable[[], Splits]


def run_stages(
    pipeline: Pipeline,
    config: RunConfig,
    run: RunDirectory,
    *,
    stages: Sequence[str] | None = None,
    resume: bool = False,
    display: StageDisplay | None = None,
    cluster: Cluster | None = None,
) -> list[StageResult]:
    """Run the chosen stages in order.

    In a cluster all workers call this with the same arguments. The chief runs every stage and
    writes the run; the others take part in `train` only, on data that they load themselves, and
    write nothing that stays.

    Args:
        pipeline: The domain.
        config: Its configuration; what only data can decide may be open.
        run: The run directory; made if it does not exist.
        stages: Names; None for all.
        resume: Skip each stage whose artefacts are up to date: same settings, same inputs, same
            code. A training that was interrupted goes on from its last checkpoint; without `resume`
            it starts anew.
        display: Who shows progress; None for silence.
        cluster: Whom this process trains with; None for nobody.

    Raises:
        ConfigError: An unknown stage name, or a strategy that is none of a cluster.
        DataError: Another worker's data is not the chief's.
        WorkerError: Another worker can't be reached any more.
        MissingArtefactError: A chosen stage needs what no earlier stage has made, or what is stale.
        RunDirectoryError: Not writable, in use by another process, or of another pipeline.
    """
    chosen = _choose(stages)
    _require_same_pipeline(pipeline, run)
    config = pipeline.complete(config.model_copy(update={"pipeline": pipeline.name}))
    loader = _splits_loader(pipeline, config, run)
    context = StageContext(pipeline, config, run, SilentProgress(), loader.checked, resume=resume)
    # The data stage is the one that may meet changed data: it records it. Another worker's data is
    # compared with the chief's.
    unchecked = replace(context, splits=loader.load)
    together = _training_cluster(cluster, chosen, context)
    if cluster is not None and not cluster.is_chief:
        return [] if together is None else _take_part(together, unchecked)
    with _locked(run):
        meeting = None if together is None else _meet(together, config)
        contexts = {stage.name: context for stage in chosen} | {"data": unchecked}
        return [
            _run_stage(stage, contexts[stage.name], display=display, meeting=meeting)
            for stage in chosen
        ]


def _choose(names: Sequence[str] | None) -> list[Stage]:
    known = [stage.name for stage in STAGES]
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise ConfigError(f"There is no stage {unknown[0]!r}. Stages: {', '.join(known)}.")
    # Settings must be on disk before anything is made from them.
    wanted = known if names is None else ["resolve", *names]
    return [stage for stage in STAGES if stage.name in wanted]


def _training_cluster(
    cluster: Cluster | None, chosen: Sequence[Stage], context: StageContext
) -> Cluster | None:
    """The cluster, if its workers train together in this call."""
    if cluster is None or cluster.num_workers == 1 or not _may_train(chosen, context):
        return None
    return cluster


def _may_train(chosen: Sequence[Stage], context: StageContext) -> bool:
    """Whether the train stage will run, as far as the files tell now.

    Every worker finds the same, however late it looks: as long as training is due, it can't be
    finished without that worker.
    """
    making = [stage for stage in chosen if stage.name in ("data", _TRAIN)]
    if context.resume and all(is_up_to_date(stage, context) for stage in making):
        return False
    return any(stage.name == _TRAIN for stage in making)


def _meet(cluster: Cluster, config: RunConfig) -> Meeting:
    """Comes before everything else: once TensorFlow has computed anything, it can't join."""
    start_tensorflow()
    from shared.training.distribution.meeting import Meeting

    return Meeting(cluster, config.train)


def _take_part(cluster: Cluster, context: StageContext) -> list[StageResult]:
    """What a worker does that is not the chief.

    It trains with it, on data that it loads itself, and keeps nothing.
    """
    started = time.perf_counter()
    meeting = _meet(cluster, context.config)
    from shared.loading.record import fingerprint_splits

    if meeting.agrees_to_train(fingerprint_splits(context.splits())):
        train = _load(stage_named(_TRAIN), context.progress)
        prefix = f"plumbline-worker-{cluster.index}-"
        with meeting.of_all_workers(), tempfile.TemporaryDirectory(prefix=prefix) as scratch:
            train(replace(context, run=RunDirectory(Path(scratch))))
        meeting.wait_for_chief()
    return [StageResult(_TRAIN, time.perf_counter() - started, reused=False)]


def _run_stage(
    stage: Stage,
    context: StageContext,
    *,
    display: StageDisplay | None,
    meeting: Meeting | None,
) -> StageResult:
    """Run one stage if it is due; the other workers take part in the train stage only."""
    together = meeting if stage.name == _TRAIN else None
    if context.resume and is_up_to_date(stage, context):
        if together is not None:
            together.agrees_to_train(None)
        if display is not None:
            display.reused(stage.name)
        return StageResult(stage.name, 0.0, reused=True)
    code = code_of(context)
    inputs = current_inputs(stage, context)
    if together is not None:
        together.agrees_to_train(_recorded_fingerprint(context.run))
    started = time.perf_counter()
    shown = nullcontext(context.progress) if display is None else display.stage(stage.name)
    with shown as progress, nullcontext() if together is None else together.of_all_workers():
        _load(stage, progress)(replace(context, progress=progress))
    made = (*stage.makes, *filter(context.run.has, stage.may_make))
    outputs = {name: context.run.fingerprint(name) for name in made}
    record = StageRecord(stage=stage.name, code=code, inputs=inputs, outputs=outputs)
    write_record(context.run, record)
    if together is not None:
        together.wait_for_chief()
    return StageResult(stage.name, time.perf_counter() - started, reused=False)


def _recorded_fingerprint(run: RunDirectory) -> str:
    """Of the data that the data stage has recorded."""
    return DataRecord.read(run).fingerprint


def _load(stage: Stage, progress: Progress) -> Callable[[StageContext], None]:
    if stage.uses_tensorflow and "tensorflow" not in sys.modules:
        progress.update(0, 1, "starting TensorFlow")
        start_tensorflow()
    return Deferred(stage.function).resolve()


def checked_splits(
    pipeline: Pipeline, config: RunConfig, run: RunDirectory
) -> Callable[[], Splits]:
    """Loads the data of a finished run, and refuses data that has changed since."""
    return _splits_loader(pipeline, config, run).checked


def _splits_loader(pipeline: Pipeline, config: RunConfig, run: RunDirectory) -> _SplitsLoader:
    """Loads once per run; stages after the data stage get only the data that it recorded."""

    @cache
    def load() -> Splits:
        from shared.loading.source import load_splits

        return load_splits(pipeline, config)

    def checked() -> Splits:
        from shared.loading.record import fingerprint_splits

        splits = load()
        if fingerprint_splits(splits) != _recorded_fingerprint(run):
            raise MissingArtefactError(
                f"{run.path}: the data source {config.data.source!r} has changed since the data"
                " stage read it. Start a new run."
            )
        return splits

    return _SplitsLoader(load, checked)


@contextmanager
def _locked(run: RunDirectory) -> Iterator[None]:
    """Holds a run directory for one process."""
    lock = FileLock(run.path / ".lock", timeout=0)
    try:
        run.path.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise RunDirectoryError(
            f"{run.path}: another process is working in this run directory."
        ) from error
    except OSError as error:
        raise RunDirectoryError(
            f"{run.path} can't be written ({error.strerror}). Choose a writable place with"
            " --run-dir."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _require_same_pipeline(pipeline: Pipeline, run: RunDirectory) -> None:
    if not run.has("config.json"):
        return
    owner = run.read_json(CONFIG).get("pipeline")
    if owner != pipeline.name:
        raise RunDirectoryError(
            f"{run.path} holds a run of the pipeline {owner!r}, not of {pipeline.name!r}. Choose"
            " another directory with --run-dir."
        )
