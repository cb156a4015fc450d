from __future__ import annotations

from typing import Any

import pytest

from shared.run.artefacts.signature_file import (
    AttributionRecord,
    EndpointRecord,
    InputRecord,
    SignatureRecord,
)
from shared.service.page.facts import page_facts
from shared.targets import Categories, Horizon
from tests.shared.reporting.invented_records import invented_signature

GRADES = Categories(names=("no", "yes"))
LOAD = Horizon(steps=2, channels=("load",), unit="kW", step_seconds=3600, season_steps=24)


def taking(name: str, *beside: tuple[str, tuple[str, ...] | None]) -> SignatureRecord:
    """A model with such inputs."""
    signature = invented_signature(GRADES)
    (text,) = signature.signatures["serving_default"].inputs
    inputs = [text.model_copy(update={"name": name, "columns": None})]
    inputs += [text.model_copy(update={"name": one, "columns": columns}) for one, columns in beside]
    return with_inputs(signature, inputs)


def with_inputs(signature: SignatureRecord, inputs: list[InputRecord]) -> SignatureRecord:
    endpoint = signature.signatures["serving_default"]
    changed = endpoint.model_copy(update={"inputs": tuple(inputs)})
    return signature.model_copy(update={"signatures": {"serving_default": changed}})


def facts_of(signature: SignatureRecord) -> dict[str, Any]:
    told: Any = page_facts({"named": signature})
    (facts,) = told["models"]
    return dict(facts)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("text", "text"), ("image_bytes", "image"), ("wav", "sound"), ("signal_bytes", "other")],
)
def test_the_input_says_how_it_is_given(name: str, kind: str) -> None:
    facts = facts_of(taking(name))
    assert (facts["kind"], facts["primary"]) == (kind, None if kind == "other" else name)


def test_values_beside_it_have_fields_where_their_columns_are_known() -> None:
    assert facts_of(taking("image_bytes", ("tabular", ("age", "sex"))))["kind"] == "image"
    assert facts_of(taking("image_bytes", ("tabular", None)))["kind"] == "other"


def test_a_row_of_a_table_has_a_field_for_each_column_that_is_known() -> None:
    (text,) = taking("tabular").signatures["serving_default"].inputs
    row = text.model_copy(update={"columns": ("age", "sex")})
    assert facts_of(with_inputs(taking("tabular"), [row]))["kind"] == "row"
    assert facts_of(taking("tabular"))["kind"] == "other"


def test_models_are_told_by_the_name_that_they_are_served_by() -> None:
    signature = invented_signature(LOAD)
    told: Any = page_facts({"b": signature, "a": signature})
    assert [one["name"] for one in told["models"]] == ["a", "b"]
    assert told["models"][0]["target"]["unit"] == "kW"


def test_an_explanation_has_its_segments_and_unit_and_its_absence_a_reason() -> None:
    signature = invented_signature(GRADES)
    assert facts_of(signature)["explained"] is None
    assert facts_of(signature)["why_not_explained"] == "export.explain=false"
    (output,) = signature.signatures["serving_default"].outputs
    outputs = (output.model_copy(update={"name": "attributions", "unit": "log-odds"}),)
    record = AttributionRecord(
        method="integrated_gradients",
        baseline="nothing",
        num_baselines=1,
        points=8,
        segments=("a",),
    )
    endpoint = EndpointRecord(inputs=(), outputs=outputs)
    both = {**signature.signatures, "explain": endpoint}
    explained = signature.model_copy(update={"signatures": both, "attributions": record})
    assert facts_of(explained)["explained"] == {
        "segments": ["a"],
        "baseline": "nothing",
        "unit": "log-odds",
    }
