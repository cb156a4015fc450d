"""Running stages: which are due, which inputs are stale, and the data that they share.

Every stage leaves a record of the fingerprints of its inputs and outputs. From these follows what
is stale: an artefact is used only if its maker's inputs are still the files that it was made from.
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
from typing import TYPE_CHECKING, Any, Protocol

from filelock import FileLock, Timeout

from shared.cluster.cluster import Cluster
from shared.config import RunConfig, Section
from shared.contract import Deferred, Pipeline, Splits
from shared.errors import ConfigError, MissingArtefactError, RunDirectoryError
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.fingerprints import code_fingerprint
from shared.run.progress import Progress, SilentProgress
from shared.run.records import StageRecord, read_record, stale_reason, write_record
from shared.stages.table import STAGES, Stage, maker_of, stage_named
from shared.stages.tensorflow_startup import start_tensorflow

if TYPE_CHECKING:
    from shared.training.distribution.meeting import Meeting

__all__ = ["StageDisplay", "StageResult", "run_stages"]

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
        config: Its complete configuration.
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
    config = config.model_copy(update={"pipeline": pipeline.name})
    _require_same_pipeline(pipeline, run)
    loader = _splits_loader(pipeline, config, run)
    context = StageContext(pipeline, config, run, SilentProgress(), loader.checked, resume=resume)
    # The data stage is the one that may meet changed data: it records it. Another worker's data is
    # compared with the chief's.
    unchecked = replace(context, splits=loader.load)
    trains_together = (
        cluster is not None
        and cluster.num_workers > 1
        and _may_train(chosen, context, resume=resume)
    )
    if cluster is not None and not cluster.is_chief:
        return _take_part(cluster, unchecked) if trains_together else []
    with _locked(run):
        meeting = _meet(cluster, config) if cluster is not None and trains_together else None
        contexts = {"data": unchecked}
        return [
            _run_stage(
                stage,
                contexts.get(stage.name, context),
                resume=resume,
                display=display,
                meeting=meeting,
            )
            for stage in chosen
        ]


def _choose(names: Sequence[str] | None) -> list[Stage]:
    known = [stage.name for stage in STAGES]
    strange = [name for name in names or () if name not in known]
    if strange:
        raise ConfigError(f"There is no stage {strange[0]!r}. Stages: {', '.join(known)}.")
    # Settings must be on disk before anything is made from them.
    return [
        stage for stage in STAGES if names is None or stage.name in names or stage.name == "resolve"
    ]


def _may_train(chosen: Sequence[Stage], context: StageContext, *, resume: bool) -> bool:
    """Whether the train stage will run, as far as the files tell now.

    Every worker finds the same, however late it looks: as long as training is due, it can't be
    finished without that worker.
    """
    making = [stage for stage in chosen if stage.name in ("data", _TRAIN)]
    is_due = not (
        resume and all(_is_up_to_date(stage, context, _code_of(context)) for stage in making)
    )
    return is_due and any(stage.name == _TRAIN for stage in making)


def _meet(cluster: Cluster, config: RunConfig) -> Meeting:
    """Meeting comes before everything else, since TensorFlow can't join a cluster once it has computed anything."""
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
        with (
            meeting.of_all_workers(),
            tempfile.TemporaryDirectory(prefix=f"plumbline-worker-{cluster.index}-") as scratch,
        ):
            _load(stage_named(_TRAIN), context.progress)(
                replace(context, run=RunDirectory(Path(scratch)))
            )
        meeting.wait_for_chief()
    return [StageResult(_TRAIN, time.perf_counter() - started, reused=False)]


def _run_stage(
    stage: Stage,
    context: StageContext,
    *,
    resume: bool,
    display: StageDisplay | None,
    meeting: Meeting | None,
) -> StageResult:
    code = _code_of(context)
    is_due = not (resume and _is_up_to_date(stage, context, code))
    inputs = _current_inputs(stage, context) if is_due else {}
    together = meeting if stage.name == _TRAIN else None
    if together is not None:
        together.agrees_to_train(
            context.run.read_json("data.json", maker="data")["fingerprint"] if is_due else None
        )
    if not is_due:
        if display is not None:
            display.reused(stage.name)
        return StageResult(stage.name, 0.0, reused=True)
    started = time.perf_counter()
    shown = display.stage(stage.name) if display is not None else nullcontext(context.progress)
    with shown as progress, together.of_all_workers() if together is not None else nullcontext():
        _load(stage, progress)(replace(context, progress=progress))
    made = (*stage.makes, *filter(context.run.has, stage.may_make))
    outputs = {name: context.run.fingerprint(name) for name in made}
    write_record(
        context.run, StageRecord(stage=stage.name, code=code, inputs=inputs, outputs=outputs)
    )
    if together is not None:
        together.wait_for_chief()
    return StageResult(stage.name, time.perf_counter() - started, reused=False)


def _code_of(context: StageContext) -> str:
    return code_fingerprint("shared", "data", f"pipelines/{context.pipeline.name}")


def _load(stage: Stage, progress: Progress) -> Callable[[StageContext], None]:
    if stage.uses_tensorflow and "tensorflow" not in sys.modules:
        progress.update(0, 1, "starting TensorFlow")
        start_tensorflow()
    return Deferred(stage.function).resolve()


def _is_up_to_date(stage: Stage, context: StageContext, code: str) -> bool:
    record = read_record(context.run, stage.name)
    if record is None or record.code != code or stage.name == "resolve":
        return False
    if not all(
        context.run.has(name) and context.run.fingerprint(name) == value
        for name, value in record.outputs.items()
    ):
        return False
    try:
        return record.inputs == _current_inputs(stage, context)
    except MissingArtefactError:
        return False


def _current_inputs(stage: Stage, context: StageContext) -> dict[str, str]:
    """Fingerprints of settings and needed artefacts, each checked to be there and fresh."""
    needs = (*stage.needs, *filter(context.run.has, stage.may_need))
    for name in needs:
        context.run.require(name, maker=maker_of(name).name)
    for maker in dict.fromkeys(maker_of(name) for name in needs):
        _require_fresh(
            maker, [name for name in needs if maker_of(name) is maker], context, asked_by=stage.name
        )
    settings = {
        f"setting:{key}": _setting_fingerprint(context.config, key) for key in stage.settings
    }
    return settings | {
        name: context.run.fingerprint(name)
        for name in (*needs, *filter(context.run.has, stage.may_read))
    }


def _require_fresh(
    maker: Stage, artefacts: Sequence[str], context: StageContext, *, asked_by: str
) -> None:
    record = read_record(context.run, maker.name)
    if record is None:
        raise MissingArtefactError(
            f"{context.run.path}: the stage {maker.name!r} did not finish, so {asked_by!r} can't"
            f" use its files. Run with --stages {maker.name} --run-dir {context.run.path} first."
        )
    reason = stale_reason(
        record,
        _current_inputs(maker, context),
        {name: context.run.fingerprint(name) for name in artefacts},
    )
    if reason is not None:
        raise MissingArtefactError(
            f"{context.run.path}: the files of stage {maker.name!r} are stale ({reason}), so"
            f" {asked_by!r} would report something untrue. Run with --stages {maker.name} --run-dir"
            f" {context.run.path} first."
        )


def _setting_fingerprint(config: RunConfig, dotted_key: str) -> str:
    node: Any = config
    for part in dotted_key.split("."):
        node = getattr(node, part)
    return node.decisive() if isinstance(node, Section) else repr(node)


def _splits_loader(pipeline: Pipeline, config: RunConfig, run: RunDirectory) -> _SplitsLoader:
    """Loads once per run; whoever comes after the data stage gets only the data that it recorded."""

    @cache
    def load() -> Splits:
        start_tensorflow()
        from shared.loading.source import load_splits

        return load_splits(pipeline, config)

    def checked() -> Splits:
        from shared.loading.record import fingerprint_splits

        splits = load()
        if fingerprint_splits(splits) != run.read_json("data.json", maker="data")["fingerprint"]:
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
    owner = run.read_json("config.json", maker="resolve").get("pipeline")
    if owner != pipeline.name:
        raise RunDirectoryError(
            f"{run.path} holds a run of the pipeline {owner!r}, not of {pipeline.name!r}. Choose"
            " another directory with --run-dir."
        )
