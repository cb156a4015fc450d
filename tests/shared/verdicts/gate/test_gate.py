from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import ConfigError
from shared.run.artefacts.report.record import ReportRecord
from shared.verdicts.gate.check import check_report
from shared.verdicts.gate.rules import GateRules, MetricRule, read_rules
from tests.shared.verdicts.invented_reports import ACCURACY, report_of


def broken(report: ReportRecord, rules: GateRules) -> list[str]:
    """Names of the rules that a report breaks."""
    return [check.name for check in check_report(report, rules) if not check.passed]


def test_by_default_only_a_contradicted_verdict_breaks_the_gate() -> None:
    report = report_of("shown", "care", "unknown", "contradicted")
    assert broken(report, GateRules()) == ["contradicted"]
    assert broken(report_of("shown", "care", "unknown"), GateRules()) == []


def test_a_question_may_be_asked_for_more_or_for_less() -> None:
    report = report_of("care", "unknown", "contradicted")
    rules = GateRules(verdicts={"care": "shown", "unknown": "care", "contradicted": "contradicted"})
    assert broken(report, rules) == ["care", "unknown"]
    assert broken(report_of("care"), GateRules(otherwise="shown")) == ["care"]


@pytest.mark.parametrize(
    ("rule", "is_broken"),
    [
        (MetricRule(at_least=0.85), False),
        (MetricRule(at_least=0.85, surely=True), True),
        (MetricRule(at_least=0.91), True),
        (MetricRule(at_most=0.95, surely=True), False),
        (MetricRule(at_most=0.89), True),
    ],
)
def test_a_metric_is_held_by_its_value_or_by_its_whole_interval(
    rule: MetricRule, is_broken: bool
) -> None:
    rules = GateRules(metrics={"accuracy": rule})
    assert broken(report_of("shown"), rules) == (["accuracy"] if is_broken else [])


def test_a_metric_without_a_value_keeps_no_rule() -> None:
    report = report_of("shown")
    unknown = ACCURACY.model_copy(update={"value": None, "ci_low": None, "ci_high": None})
    report = report.model_copy(update={"metrics": {"accuracy": unknown}})
    assert broken(report, GateRules(metrics={"accuracy": MetricRule(at_least=0.0)}))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (GateRules(verdicts={"speed": "shown"}), "names the verdict 'speed'.*It has: shown"),
        (
            GateRules(metrics={"recall": MetricRule()}),
            "names the metric 'recall'.*It has: accuracy",
        ),
    ],
)
def test_a_rule_about_what_the_report_has_not_is_refused(rules: GateRules, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_report(report_of("shown"), rules)


def test_rules_are_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("otherwise: care\nmetrics:\n  accuracy: {at_least: 0.9, surely: true}\n")
    rules = read_rules(path)
    assert (rules.otherwise, rules.metrics["accuracy"].surely) == ("care", True)
    path.write_text("")
    assert read_rules(path) == GateRules()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("verdict: {}", "verdict: Extra inputs are not permitted"),
        ("verdicts: {accuracy: good}", "verdicts.accuracy: Input should be 'shown'"),
        ("metrics: {accuracy: {least: 1}}", "metrics.accuracy.least: Extra inputs"),
        ("- accuracy", "the whole file: Input should be"),
        ("a: [", "not valid YAML"),
    ],
)
def test_what_is_no_rule_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_rules(path)


def test_a_missing_file_of_rules_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml can't be read"):
        read_rules(tmp_path / "none.yaml")
