"""The `mitigate` command: a finished run trained again, once for each way of closing a gap, and what each closes and costs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.cluster.discovery import find_cluster
from shared.config import RunConfig
from shared.config.sources import override_config, read_config
from shared.contract import Pipeline
from shared.errors import ConfigError, DataError
from shared.fairness.mitigation.trained_mitigations import add_decisions
from shared.run.artefacts.recorded_data import read_recorded_data
from shared.run.directory import RunDirectory
from shared.stages.runner import StageDisplay, run_stages
from shared.targets import Categories

__all__ = ["METHODS", "mitigate_run", "print_mitigations", "training_directory"]

METHODS = ("reweighing", "balanced_sampling", "group_dro")
_COMPARED = ("fairness", "report")


@dataclass(frozen=True)
class _Finished:
    """The run that is to be mitigated."""

    pipeline: Pipeline
    config: RunConfig
    run: RunDirectory
    display: StageDisplay

    def compare(self) -> None:
        """Bring its comparison of mitigations up to date."""
        run_stages(
            self.pipeline,
            self.config,
            self.run,
            stages=_COMPARED,
            resume=True,
            display=self.display,
        )


def mitigate_run(
    pipeline: Pipeline,
    config: RunConfig,
    run: RunDirectory,
    *,
    attribute: str,
    methods: Sequence[str],
    display: StageDisplay,
    console: Console,
) -> list[dict[str, Any]]:
    """Train a finished run's configuration once for each method, and weigh all mitigations of the attribute again.

    Each training is a run directory of its own, `mitigation/<attribute>/<method>/`; one that is
    finished is not done again, and one that was interrupted goes on.

    Args:
        pipeline: Of the run.
        config: Of the run.
        run: With all its stages done.
        attribute: Whose gaps are to close.
        methods: Some of `METHODS`.
        display: Shows the stages.
        console: Where what is done is said.

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
        said = (
            f"[bold]{method}[/] by {escape(attribute)}, {number} of {len(configs)}  → "
            f" {escape(str(directory))}"
        )
        console.print(said, highlight=False, soft_wrap=True)
        trained.append((method, _train(finished, changed, directory, console)))
    add_decisions(run, config, attribute, trained)
    finished.compare()
    return _mitigations(run, attribute)


def training_directory(run: Path, attribute: str, method: str) -> Path:
    """Where a run has the training with a method.

    The attribute's name is quoted, because the data chose it.
    """
    return run / "mitigation" / quote(attribute, safe=" ()").replace(".", "%2E") / method


def print_mitigations(
    console: Console, mitigations: Sequence[Mapping[str, Any]], attribute: str
) -> None:
    """One line a mitigation: gap, worst group and price."""
    table = Table(
        title=f"Closing gaps by {escape(attribute)}",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in ("decisions", "needs the group"):
        table.add_column(name)
    for name in ("gap, val", "gap, test", "worst group, test", "balanced accuracy, test"):
        table.add_column(name, justify="right")
    for mitigation in mitigations:
        strength = (
            "" if mitigation["strength"] is None else f", strength {mitigation['strength']:g}"
        )
        chosen = (
            " [green](chosen)[/]"
            if mitigation["chosen"] or mitigation["chosen_without_group"]
            else ""
        )
        table.add_row(
            f"{mitigation['method']}{strength}{chosen}",
            "yes" if mitigation["needs_group"] else "no",
            *(_number(mitigation[part]["equalised_odds_difference"]) for part in ("val", "test")),
            _worst(mitigation["test"]["worst_group"]),
            _with_interval(mitigation["test"]["balanced_accuracy"]),
        )
    console.print(table)
    console.print(
        "Gap: equalised-odds difference. Chosen on validation: of all, and of those that need no"
        " group.",
        highlight=False,
    )


def _require_one_process(environment: MutableMapping[str, str]) -> None:
    cluster = find_cluster(environment)
    if cluster is not None and cluster.num_workers > 1:
        raise ConfigError(
            f"mitigate trains in one process, but {cluster.num_workers} workers are to train"
            f" together ({cluster.origin}). Give each method to a `run` with train.mitigation, or"
            " start one process."
        )


def _require_gap_of_people(run: RunDirectory, config: RunConfig, attribute: str) -> None:
    recorded = read_recorded_data(run)
    otherwise = (
        f"Set train.mitigation and train.mitigated_attribute={attribute} in an ordinary run, and"
        " `compare` the two."
    )
    if not isinstance(recorded.target, Categories):
        raise ConfigError(
            f"{run.path}: mitigations are weighed by equalised odds, which forecasts don't have."
            f" {otherwise}"
        )
    if attribute not in recorded.groups:
        raise ConfigError(
            f"{run.path}: the data has no group attribute {attribute!r}. It has:"
            f" {', '.join(recorded.groups) or 'none'}."
        )
    if attribute in recorded.conditions:
        raise ConfigError(
            f"{run.path}: {attribute!r} describes the circumstances of an example, not people, so"
            f" no mitigations are weighed. {otherwise}"
        )
    if config.data.split == "leave_one_entity_out":
        raise ConfigError(
            f"{run.path} is a cross-validation, which leaves no rows to choose a mitigation on."
            f" {otherwise}"
        )
    if config.train.mitigation != "none":
        raise ConfigError(
            f"{run.path} was itself trained with train.mitigation={config.train.mitigation}: "
            "mitigate a run that was not, so that there is something to compare with."
        )


def _config_of(config: RunConfig, attribute: str, method: str) -> RunConfig:
    if method not in METHODS:
        raise ConfigError(
            f"--methods: there is no method {method!r}. Methods: {', '.join(METHODS)}."
        )
    return override_config(
        config, [f"train.mitigation={method}", f"train.mitigated_attribute={json.dumps(attribute)}"]
    )


def _train(
    finished: _Finished, config: RunConfig, directory: Path, console: Console
) -> RunDirectory:
    """The run directory of a training that is done up to its calibration."""
    run = RunDirectory(directory)
    if run.has("config.json") and _decisive(
        read_config(type(config), directory / "config.json")
    ) != _decisive(config):
        console.print(
            "    It was trained with other settings: it is removed and trained anew.",
            highlight=False,
        )
        shutil.rmtree(directory)
    run_stages(
        finished.pipeline, config, run, stages=["data"], resume=True, display=finished.display
    )
    found, expected = (
        one.read_json("data.json", maker="data")["fingerprint"] for one in (run, finished.run)
    )
    if found != expected:
        raise DataError(
            f"{config.data.source!r} holds other data than {finished.run.path} was trained on"
            f" (fingerprint {expected[:12]}…, now {found[:12]}…): what a mitigation changes could"
            " not be told from what the data changes. Bring the data back, or run anew."
        )
    _forget_earlier_models()
    run_stages(
        finished.pipeline,
        config,
        run,
        stages=["train", "predict", "calibrate"],
        resume=True,
        display=finished.display,
    )
    return run


def _decisive(config: RunConfig) -> list[str]:
    """The settings that a training goes by."""
    sections = (config.data, config.front_end, config.model, config.train)
    return [section.decisive() for section in sections]


def _forget_earlier_models() -> None:
    """So that memory does not grow with the trainings, and layers have the names that they have in a process of their own."""
    import keras

    keras.utils.clear_session()


def _mitigations(run: RunDirectory, attribute: str) -> list[dict[str, Any]]:
    entries = run.read_json("fairness.json", maker="fairness")["attributes"]
    found: list[dict[str, Any]] = next(
        (entry["mitigations"] for entry in entries if entry["attribute"] == attribute), []
    )
    if not found:
        raise ConfigError(
            f"{run.path}: nothing can be said about closing gaps by {attribute!r}, because fewer"
            " than two groups of the test or the validation split have enough rows of a class"
            " (evaluate.min_group_size). Use more data, or larger shares of it."
        )
    return found


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _worst(worst: Mapping[str, Any] | None) -> str:
    return (
        "–"
        if worst is None
        else f"{worst['accuracy']:.3f} ({escape(worst['group'])}, n = {worst['n']})"
    )


def _with_interval(accuracy: Mapping[str, Any]) -> str:
    if accuracy["ci_low"] is None:
        return _number(accuracy["value"])
    return f"{accuracy['value']:.3f} ({accuracy['ci_low']:.3f} to {accuracy['ci_high']:.3f})"
