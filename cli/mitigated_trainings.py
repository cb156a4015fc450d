"""A finished run trained again, once for each way of closing a gap."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from rich.markup import escape

from cli.terminal import CONSOLE
from shared.cluster.discovery import find_cluster
from shared.config import RunConfig
from shared.config.sources import override_config, read_config
from shared.contract import Pipeline
from shared.errors import ConfigError, DataError
from shared.fairness.mitigation.trained_decisions import add_decisions
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.fairness.mitigations import MitigationRecord
from shared.run.artefacts.fairness.record import FairnessRecord
from shared.run.directory import RunDirectory
from shared.stages.runner import StageDisplay, run_stages
from shared.targets import Categories

__all__ = ["METHODS", "mitigate_run", "training_directory"]

METHODS = ("reweighing", "balanced_sampling", "group_dro")
_COMPARED = ("fairness", "report")


@dataclass(frozen=True)
class _Finished:
    """The run that is to be mitigated."""

    pipeline: Pipeline
    config: RunConfig
    run: RunDirectory
    display: StageDisplay

    def run_stages(self, config: RunConfig, run: RunDirectory, *stages: str) -> None:
        """Bring stages of the run, or of one of its trainings, up to date."""
        run_stages(self.pipeline, config, run, stages=stages, resume=True, display=self.display)

    def compare(self) -> None:
        """Bring its comparison of mitigations up to date."""
        self.run_stages(self.config, self.run, *_COMPARED)


def mitigate_run(
    pipeline: Pipeline,
    config: RunConfig,
    run: RunDirectory,
    *,
    attribute: str,
    methods: Sequence[str],
    display: StageDisplay,
) -> tuple[MitigationRecord, ...]:
    """Train a finished run once for each method, and weigh the attribute's mitigations again.

    Each training is a run directory of its own, `mitigation/<attribute>/<method>/`; one that is
    finished is not done again, and one that was interrupted goes on.

    Args:
        pipeline: Of the run.
        config: Of the run.
        run: With all its stages done.
        attribute: Whose gaps are to close.
        methods: Some of `METHODS`.
        display: Shows the stages.

    Returns:
        The mitigations of the attribute, as `fairness.json` has them.

    Raises:
        ConfigError: The run can't be mitigated in this way; found before anything is trained.
        DataError: The source holds other data than the run was trained on.
        MissingArtefactError: The run is not finished.
    """
    _require_one_process(os.environ)
    finished = _Finished(pipeline, config, run, display)
    _require_gap_of_people(run, config, attribute)
    configs = {method: _config_of(config, attribute, method) for method in methods}
    finished.compare()  # an unfinished run is refused now, not after the trainings
    _mitigations(run, attribute)
    trained = []
    for number, (method, changed) in enumerate(configs.items(), start=1):
        directory = training_directory(run.path, attribute, method)
        CONSOLE.print(
            f"[bold]{method}[/] by {escape(attribute)}, {number} of {len(configs)}  → "
            f" {escape(str(directory))}",
            highlight=False,
            soft_wrap=True,
        )
        trained.append((method, _train(finished, changed, directory)))
    add_decisions(run, config, attribute, trained)
    finished.compare()
    return _mitigations(run, attribute)


def training_directory(run: Path, attribute: str, method: str) -> Path:
    """Where a run has the training with a method.

    The attribute's name is quoted, because the data chose it.
    """
    return run / "mitigation" / quote(attribute, safe=" ()").replace(".", "%2E") / method


def _require_one_process(environment: MutableMapping[str, str]) -> None:
    cluster = find_cluster(environment)
    if cluster is not None and cluster.num_workers > 1:
        raise ConfigError(
            f"mitigate trains in one process, but {cluster.num_workers} workers are to train"
            f" together ({cluster.origin}). Give each method to a `run` with train.mitigation, or"
            " start one process."
        )


def _require_gap_of_people(run: RunDirectory, config: RunConfig, attribute: str) -> None:
    recorded = DataRecord.read(run)
    if attribute not in recorded.groups:
        raise ConfigError(
            f"{run.path}: the data has no group attribute {attribute!r}. It has:"
            f" {', '.join(recorded.groups) or 'none'}."
        )
    if config.train.mitigation != "none":
        raise ConfigError(
            f"{run.path} was itself trained with train.mitigation={config.train.mitigation}: "
            "mitigate a run that was not, so that there is something to compare with."
        )
    reason = _why_not_weighed(recorded, config, attribute)
    if reason is not None:
        raise ConfigError(
            f"{run.path}{reason} Set train.mitigation and train.mitigated_attribute={attribute} in"
            " an ordinary run, and `compare` the two."
        )


def _why_not_weighed(recorded: DataRecord, config: RunConfig, attribute: str) -> str | None:
    """What follows the run's path in the message; None if mitigations can be weighed."""
    if not isinstance(recorded.target, Categories):
        return ": mitigations are weighed by equalised odds, which forecasts don't have."
    if attribute in recorded.provenance.conditions:
        return (
            f": {attribute!r} describes the circumstances of an example, not people, so no"
            " mitigations are weighed."
        )
    if config.data.split == "leave_one_entity_out":
        return " is a cross-validation, which leaves no rows to choose a mitigation on."
    return None


def _config_of(config: RunConfig, attribute: str, method: str) -> RunConfig:
    if method not in METHODS:
        raise ConfigError(
            f"--methods: there is no method {method!r}. Methods: {', '.join(METHODS)}."
        )
    return override_config(
        config, [f"train.mitigation={method}", f"train.mitigated_attribute={json.dumps(attribute)}"]
    )


def _train(finished: _Finished, config: RunConfig, directory: Path) -> RunDirectory:
    """The run directory of a training that is done up to its calibration."""
    run = RunDirectory(directory)
    if run.has("config.json") and not _is_trained_with(config, run):
        CONSOLE.print(
            "    It was trained with other settings: it is removed and trained anew.",
            highlight=False,
        )
        shutil.rmtree(directory)
    finished.run_stages(config, run, "data")
    _require_same_data(run, finished.run, config.data.source)
    _forget_earlier_models()
    finished.run_stages(config, run, "train", "predict", "calibrate")
    return run


def _require_same_data(run: RunDirectory, trained: RunDirectory, source: str) -> None:
    found = DataRecord.read(run).fingerprint
    expected = DataRecord.read(trained).fingerprint
    if found != expected:
        raise DataError(
            f"{source!r} holds other data than {trained.path} was trained on (fingerprint"
            f" {expected[:12]}…, now {found[:12]}…): what a mitigation changes could not be told"
            " from what the data changes. Bring the data back, or run anew."
        )


def _is_trained_with(config: RunConfig, run: RunDirectory) -> bool:
    recorded = read_config(type(config), run / "config.json")
    return _decisive(recorded) == _decisive(config)


def _decisive(config: RunConfig) -> list[str]:
    """The settings that a training goes by."""
    sections = (config.data, config.front_end, config.model, config.train)
    return [section.decisive() for section in sections]


def _forget_earlier_models() -> None:
    """Free memory, and let layers have the names that they have in a process of their own."""
    import keras

    keras.utils.clear_session()


def _mitigations(run: RunDirectory, attribute: str) -> tuple[MitigationRecord, ...]:
    by_attribute = {
        entry.attribute: entry.mitigations for entry in FairnessRecord.read(run).attributes
    }
    found = by_attribute.get(attribute, ())
    if not found:
        raise ConfigError(
            f"{run.path}: nothing can be said about closing gaps by {attribute!r}, because fewer"
            " than two groups of the test or the validation split have enough rows of a class"
            " (evaluate.min_group_size). Use more data, or larger shares of it."
        )
    return found
