"""What the page knows of a model besides its answers: read from `signature.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import JsonValue

from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.signature_file import AttributionRecord, InputRecord, SignatureRecord

__all__ = ["Kind", "page_facts"]

Kind = Literal["text", "image", "sound", "series", "row", "other"]
"""How an input is given; `other` as JSON."""

_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "image_bytes": "image",
    "wav": "sound",
    "window": "series",
    "tabular": "row",
}
"""Wire input -> how a person gives it."""

_DEFAULT, _EXPLAIN = "serving_default", "explain"


def page_facts(models: Mapping[str, SignatureRecord]) -> dict[str, JsonValue]:
    """The body of `GET /page/models`.

    `{"models": […]}`, by name; of each: `name`; `kind`; `primary`, the input that `kind` is about,
    or null; `inputs` and `target`, as `signature.json` has them; `coverage` of conformal sets and
    `max_error_share` of answers that are not handed on, or null; `why_always_abstains`, empty if it
    does not; `explained` with `segments`, `baseline` and `unit`, or null and `why_not_explained`;
    `example`, a request that was tried, or null.
    """
    return {"models": [_facts(name, models[name]) for name in sorted(models)]}


def _facts(name: str, signature: SignatureRecord) -> dict[str, JsonValue]:
    inputs = signature.signatures[_DEFAULT].inputs
    primary = _primary(inputs)
    example = signature.example
    told: dict[str, JsonValue] = {
        "name": name,
        "kind": "other" if primary is None else _KINDS[primary],
        "primary": primary,
        "example": None if example is None else example.body,
    }
    told["inputs"] = [one.model_dump(mode="json") for one in inputs]
    told["target"] = signature.target.model_dump(mode="json")
    return {
        **told,
        **_rules(signature.calibration),
        "explained": _explained(signature, signature.attributions),
        "why_not_explained": signature.why_no_attributions,
    }


def _rules(rules: CalibrationRecord) -> dict[str, JsonValue]:
    return {
        "coverage": None if rules.sets is None else rules.sets.coverage,
        "max_error_share": rules.max_error_share,
        "why_always_abstains": rules.why_always_abstains,
    }


def _primary(inputs: tuple[InputRecord, ...]) -> str | None:
    """None where the page has no field for it, or for another input beside it."""
    names = {one.name for one in inputs}
    found = next((name for name in _KINDS if name in names), None)
    beside = {one.name for one in inputs if one.columns is not None}
    # A row is given column by column: these must be known of it too.
    return found if names <= beside | ({found} - {"tabular"}) else None


def _explained(
    signature: SignatureRecord, attributions: AttributionRecord | None
) -> dict[str, JsonValue] | None:
    if attributions is None or _EXPLAIN not in signature.signatures:
        return None
    units = {one.name: one.unit for one in signature.signatures[_EXPLAIN].outputs}
    return {
        "segments": list(attributions.segments),
        "baseline": attributions.baseline,
        "unit": units["attributions"],
    }
