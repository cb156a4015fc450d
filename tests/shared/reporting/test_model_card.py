from __future__ import annotations

import yaml

from shared.reporting.model_card import render_card
from shared.run.artefacts.report.card import CardPart
from tests.shared.verdicts.invented_reports import report_of


def test_the_metadata_is_what_the_hub_reads() -> None:
    card = render_card(report_of("shown"))
    _, metadata, body = card.split("---\n", 2)
    read = yaml.safe_load(metadata)
    assert read["license"] == "cc-by-4.0"
    assert read["pipeline_tag"] == "text-classification"
    assert read["datasets"] == ["data-of-b-ours-b"]
    (result,) = read["model-index"][0]["results"]
    assert result["dataset"]["name"] == 'Data "of" <b>ours</b>'
    assert (result["metrics"][0]["type"], result["metrics"][0]["value"]) == ("accuracy", 0.9)
    assert result["metrics"][0]["name"] == "Accuracy (80.0–95.0\xa0%, n = 100)"
    assert "SYNTHETIC DATA" in body


def test_another_licence_than_the_hubs_keeps_its_name() -> None:
    report = report_of("shown")
    facts = report.facts.model_copy(update={"licence": "For research only (2019)"})
    metadata = render_card(report.model_copy(update={"facts": facts})).split("---\n")[1]
    read = yaml.safe_load(metadata)
    assert (read["license"], read["license_name"]) == ("other", "for-research-only-2019")


def test_what_was_not_measured_is_said_and_names_are_no_markup() -> None:
    parts = (
        CardPart(framework="EU AI Act, Annex IV", heading="5 Risk management", text=""),
        CardPart(
            framework="EU AI Act, Annex IV", heading="2 Data", text="<img src=x>\n# [a](b) | *c*"
        ),
    )
    card = render_card(report_of("shown").model_copy(update={"card": parts}))
    assert "### 5 Risk management\n\nnot measured\n" in card
    assert r"\<img src=x\> \# \[a\](b) \| \*c\*" in card
    assert card.count("## EU AI Act, Annex IV") == 1
