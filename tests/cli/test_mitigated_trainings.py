from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import tests.contract.toy
from cli.mitigate import print_mitigations
from cli.mitigated_trainings import mitigate_run, training_directory
from shared.config import RunConfig
from shared.config.sources import resolve_config
from shared.contract import Splits
from shared.errors import ConfigError, DataError, MissingArtefactError, UserError
from shared.run.artefacts.fairness.mitigations import MitigationRecord
from shared.run.directory import RunDirectory
from shared.run.progress import Progress, SilentProgress
from shared.stages.runner import run_stages
from tests.contract.toy import PIPELINE as TOY
from tests.contract.toy.config import ToyConfig
from tests.shared.evaluation.predicted_run import PIPELINE, classified, forecast, run_context

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"
SETTINGS = (
    "train.epochs=2",
    "evaluate.min_group_size=5",
    "data.demo_group_bias=1.0",
    "explain.num_examples=1",
)


def synthesize_people(config: ToyConfig, n: int, seed: int) -> Splits:
    splits = TOY.synthesize(config, n, seed)
    return replace(splits, provenance=replace(splits.provenance, conditions=("site",)))


PEOPLE = replace(TOY, synthesize=synthesize_people)
"""The toy, whose instruments are people from now on."""


@dataclass
class Recorder:
    """Remembers which stages ran and which were up to date."""

    ran: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        self.ran.append(name)
        yield SilentProgress()

    def reused(self, name: str) -> None:
        self.kept.append(name)


def mitigate(
    run: RunDirectory,
    config: RunConfig,
    *methods: str,
    attribute: str = "instrument",
    pipeline: Any = PEOPLE,
) -> tuple[Any, Recorder]:
    recorder = Recorder()
    mitigations = mitigate_run(
        pipeline,
        config,
        run,
        attribute=attribute,
        methods=methods,
        display=recorder,
    )
    return mitigations, recorder


def configured(*settings: str) -> RunConfig:
    return resolve_config(PEOPLE.config_type, PRESETS, "smoke", [*SETTINGS, *settings])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDirectory, RunConfig]:
    run, config = RunDirectory(tmp_path_factory.mktemp("finished")), configured()
    run_stages(PEOPLE, config, run)
    return run, config


@pytest.mark.xdist_group("mitigating")
def test_a_finished_run_is_compared_with_its_mitigated_trainings(
    finished: tuple[RunDirectory, RunConfig],
) -> None:
    run, config = finished
    before = run.read_json("fairness.json", maker="fairness")
    mitigations, recorder = mitigate(run, config, "reweighing")
    assert recorder.ran.count("train") == 1
    assert "trained with reweighing" not in str(before)
    by_method = {
        mitigation.method: mitigation for mitigation in mitigations if mitigation.strength is None
    }
    assert by_method.keys() == {"as deployed", "trained with reweighing"}
    assert by_method["trained with reweighing"].test.balanced_accuracy.value is not None
    assert "trained with reweighing" in (run / "report.html").read_text()
    trained = RunDirectory(training_directory(run.path, "instrument", "reweighing"))
    assert trained.read_json("train.json", maker="train")["mitigation"]["method"] == "reweighing"


@pytest.mark.xdist_group("mitigating")
def test_what_is_trained_is_not_trained_again(finished: tuple[RunDirectory, RunConfig]) -> None:
    run, config = finished
    mitigate(run, config, "reweighing")
    mitigations, recorder = mitigate(run, config, "reweighing")
    assert "train" in recorder.kept and "train" not in recorder.ran
    assert recorder.ran.count("fairness") == 0
    assert "trained with reweighing" in [mitigation.method for mitigation in mitigations]


@pytest.mark.slow
@pytest.mark.xdist_group("mitigating")
def test_other_settings_train_anew(
    finished: tuple[RunDirectory, RunConfig], tmp_path: Path
) -> None:
    run, config = finished
    mitigate(run, config, "reweighing")
    copied = RunDirectory(tmp_path / "run")
    shutil.copytree(run.path, copied.path)
    other = configured("train.epochs=1")
    run_stages(PEOPLE, other, copied)
    _, recorder = mitigate(copied, other, "reweighing")
    assert "train" in recorder.ran


@pytest.mark.xdist_group("mitigating")
def test_other_data_than_the_run_was_trained_on_is_refused(
    finished: tuple[RunDirectory, RunConfig],
) -> None:
    run, config = finished

    def of_another_seed(config: ToyConfig, n: int, seed: int) -> Splits:
        return synthesize_people(config, n, seed + 1)

    with pytest.raises(DataError, match=r"'demo' holds other data than .* was trained on"):
        mitigate(
            run, config, "balanced_sampling", pipeline=replace(PEOPLE, synthesize=of_another_seed)
        )


@pytest.mark.xdist_group("mitigating")
def test_an_unfinished_run_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    run, config = RunDirectory(tmp_path), configured()
    run_stages(PEOPLE, config, run, stages=["data"])
    with pytest.raises(MissingArtefactError, match=r"calibration\.json is missing"):
        mitigate(run, config, "reweighing")
    assert not (tmp_path / "mitigation").exists()


@pytest.mark.parametrize(
    ("attribute", "settings", "message"),
    [
        ("age", {}, r"the data has no group attribute 'age'\. It has: light, sex\."),
        (
            "light",
            {},
            r"'light' describes the circumstances of an example, not people, .* `compare` the two",
        ),
        (
            "sex",
            {"mitigation": "reweighing", "mitigated_attribute": "sex"},
            r"was itself trained with train\.mitigation=reweighing",
        ),
    ],
    ids=["unknown attribute", "condition", "mitigated already"],
)
def test_what_has_no_mitigations_is_refused(
    attribute: str, settings: dict[str, Any], message: str, tmp_path: Path
) -> None:
    context = run_context(
        tmp_path,
        classified(0),
        recorded_groups={"sex": {"f": 1}, "light": {"dim": 1}},
        conditions=["light"],
    )
    config = context.config.model_copy(
        update={"train": context.config.train.model_copy(update=settings)}
    )
    refused(context.run, config, message, "reweighing", attribute=attribute)


def test_an_unknown_method_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    context = run_context(tmp_path, classified(0), recorded_groups={"sex": {"f": 1}})
    refused(
        context.run,
        context.config,
        r"no method 'massaging'\. Methods: reweighing, balanced_sampling, group_dro",
        "massaging",
    )


def test_a_method_that_the_settings_rule_out_is_refused_before_another_is_trained(
    tmp_path: Path,
) -> None:
    context = run_context(tmp_path, classified(0), recorded_groups={"sex": {"f": 1}})
    config = context.config.model_copy(
        update={"train": context.config.train.model_copy(update={"jit": True})}
    )
    refused(
        context.run,
        config,
        r"group_dro can't be combined with train\.jit=true",
        "reweighing",
        "group_dro",
    )


def test_forecasts_are_refused_with_what_can_be_done_instead(tmp_path: Path) -> None:
    context = run_context(tmp_path, forecast(0), recorded_groups={"sex": {"f": 1}})
    refused(
        context.run,
        context.config,
        r"equalised odds, which forecasts don't have\. Set train\.mitigation",
        "group_dro",
    )


def test_several_workers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "TF_CONFIG",
        '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}',
    )
    context = run_context(tmp_path, classified(0), recorded_groups={"sex": {"f": 1}})
    refused(
        context.run,
        context.config,
        r"mitigate trains in one process, but 2 workers are to train together",
        "reweighing",
    )


@pytest.mark.parametrize("attribute", ["../outside", "/etc", "..", "a/b"])
def test_no_attribute_leads_outside_the_run(attribute: str) -> None:
    found = training_directory(Path("run"), attribute, "reweighing")
    assert found.parent.parent == Path("run/mitigation")
    assert ".." not in found.parts


def test_what_was_found_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    side = {
        "equalised_odds_difference": 0.25,
        "worst_group": {"group": "m", "accuracy": 0.5, "n": 40},
        "small_rates": (),
    }
    accuracy = {"value": 0.75, "ci_low": 0.7, "ci_high": 0.8}
    mitigation = {
        "method": "trained with group DRO",
        "strength": None,
        "needs_group": False,
        "chosen": False,
        "chosen_without_group": True,
    }
    console = Console(width=200)
    sides = {
        "val": side | {"balanced_accuracy": 0.75},
        "test": side | {"balanced_accuracy": accuracy},
    }
    print_mitigations(console, [MitigationRecord.model_validate(mitigation | sides)], "sex")
    printed = capsys.readouterr().out
    for words in (
        "trained with group DRO (chosen)",
        "0.250",
        "0.500 (m, n = 40)",
        "0.750 (0.700 to 0.800)",
    ):
        assert words in printed


def refused(
    run: RunDirectory, config: RunConfig, message: str, *methods: str, attribute: str = "sex"
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        mitigate(run, config, *methods, attribute=attribute, pipeline=PIPELINE)
    assert isinstance(caught.value, ConfigError)
    assert not run.has("mitigation")
