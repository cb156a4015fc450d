"""`signature.json`: what a client must know to use the deployed model."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import JsonValue

from shared.block import Block
from shared.run.artefacts.artefact import Artefact
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.files import SIGNATURE
from shared.targets import Target

__all__ = [
    "AttributionRecord",
    "EndpointRecord",
    "InputRecord",
    "NotMetRecord",
    "RequestRecord",
    "SignatureRecord",
    "TensorRecord",
]


class TensorRecord(Block):
    """An input or output of an endpoint.

    Attributes:
        name: As in a request or an answer.
        dtype: TensorFlow's name of it.
        shape: Its axes; None where one is free, or if nothing is known of any.
        meaning: What it says, in words.
        unit: None if it has none.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None
    meaning: str
    unit: str | None


class InputRecord(TensorRecord):
    """An input of an endpoint.

    Attributes:
        columns: Names along its last axis; None if they have none.
    """

    columns: tuple[str, ...] | None


class EndpointRecord(Block):
    """What an endpoint takes and gives.

    Attributes:
        inputs: Each with a free batch axis.
        outputs: Likewise.
    """

    inputs: tuple[InputRecord, ...]
    outputs: tuple[TensorRecord, ...]


class NotMetRecord(Block):
    """Whom the deployed model of a cross-validation has met neither in training nor in validation.

    Attributes:
        fold: Whose model it is, from 1.
        num_folds: Of the cross-validation.
        num_entities: Entities that it has not met.
        entities: The first of them.
        how_to_train_on_more: Settings under which fewer entities are left out.
    """

    fold: int
    num_folds: int
    num_entities: int
    entities: tuple[str, ...]
    how_to_train_on_more: str


class AttributionRecord(Block):
    """The endpoint `explain`.

    Attributes:
        method: `expected_gradients` is the mean of `integrated_gradients` over several baselines.
        baseline: What the lines begin at, in words.
        num_baselines: How many there are.
        points: Of each line.
        segments: Names of the last axis of `attributions`; empty where they differ from row to row,
            and the endpoint tells them.
    """

    method: Literal["integrated_gradients", "expected_gradients"]
    baseline: str
    num_baselines: int
    points: int
    segments: tuple[str, ...]


class RequestRecord(Block):
    """A request to TensorFlow Serving's REST interface that was tried.

    Attributes:
        method: Of HTTP.
        path: Below the server's address.
        body: To be sent as JSON.
    """

    method: Literal["POST"] = "POST"
    path: str
    body: dict[str, JsonValue]


class SignatureRecord(Artefact):
    """The deployed model, for clients.

    Attributes:
        model: Name of the pipeline, by which it is served.
        version: Its folder below `saved_model/`.
        weights_sha256: SHA-256 (hex) of the weights.
        target: What it predicts.
        not_met: Whom it has not met; None but in a cross-validation.
        classes: Their names, in the order of the outputs; None for forecasts.
        calibration: What validation chose, as it is built into the graph.
        signatures: Endpoint -> what it takes and gives.
        attributions: Of the endpoint `explain`; None if there is none.
        why_no_attributions: Why there is none, and which methods remain; empty if there is one.
        example: None if no synthetic row can be said in JSON.
        reading: Settings of `data` that were told from the source, such as which column is what.
    """

    file: ClassVar[str] = SIGNATURE

    schema_version: Literal[3] = 3
    model: str
    version: int
    weights_sha256: str
    target: Target
    not_met: NotMetRecord | None
    classes: tuple[str, ...] | None
    calibration: CalibrationRecord
    signatures: dict[str, EndpointRecord]
    attributions: AttributionRecord | None
    why_no_attributions: str
    example: RequestRecord | None
    reading: dict[str, JsonValue]
