"""Requests to TensorFlow Serving's REST interface: wire rows as JSON, and an example to copy."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Examples, Rows, Splits
from shared.errors import ContractError
from shared.run.artefacts.signature_file import RequestRecord
from shared.run.context import StageContext
from shared.serving.saved_model import SavedModel

__all__ = ["as_json_value", "example_request", "find_binary", "first_rows", "predict_request"]

_EXAMPLES = 16
"""Rows among which one is looked for that JSON can say."""
_SYNTHETIC_EXAMPLES = 60


def find_binary(wire: Rows) -> frozenset[str]:
    """Inputs that hold the bytes of files rather than text.

    Those named `…_bytes`, and those with any value that is not UTF-8.
    """
    strings = {name: values for name, values in wire.items() if values.dtype.kind in "OUS"}
    return frozenset(
        name
        for name, values in strings.items()
        if name.endswith("_bytes") or not all(map(_is_text, values.ravel().tolist()))
    )


def predict_request(wire: Rows) -> dict[str, Any]:
    """The body of `POST /v1/models/<name>:predict` for a wire batch, in row form.

    One input is sent as a plain list of values, several as a list of objects.

    >>> predict_request({"text": np.asarray(["fine"], dtype=object)})
    {'instances': ['fine']}
    """
    binary = find_binary(wire)
    columns = {
        name: [as_json_value(value, binary=name in binary) for value in wire[name]]
        for name in sorted(wire)
    }
    if len(columns) == 1:
        return {"instances": next(iter(columns.values()))}
    rows = zip(*columns.values(), strict=True)
    return {"instances": [dict(zip(columns, row, strict=True)) for row in rows]}


def as_json_value(value: Any, *, binary: bool = False) -> Any:
    """One tensor as nested JSON lists.

    Numbers in the fewest digits, strings as text or as `{"b64": …}`.

    Args:
        value: An array, a number, str or bytes. Infinite and missing numbers stay what they are;
            JSON has no word for them.
        binary: Whether strings are bytes of a file, which are sent as base64.
    """
    if isinstance(value, str | bytes):
        content = value.encode() if isinstance(value, str) else value
        if binary:
            return {"b64": base64.b64encode(content).decode("ascii")}
        return content.decode("utf-8")
    array: NDArray[Any] = np.asarray(value)
    if array.ndim:
        return [as_json_value(item, binary=binary) for item in array]
    if array.dtype.kind == "f":
        # str() gives the shortest digits that read back as the same number.
        return float(str(array[()]))
    return array.item()


def example_request(
    context: StageContext, saved: SavedModel, splits: Splits
) -> RequestRecord | None:
    """A request that was tried.

    None if no synthetic row can be said in JSON, which has no word for missing numbers.

    It never holds anybody's records, because the signature travels further than they may: if the
    run's data is not synthetic, strings come from the pipeline's synthetic data (whose numbers may
    have other columns than the run's), and numbers are 0.

    Raises:
        ContractError: The deployed graph refuses a row of the pipeline's own synthetic data.
    """
    wire = _harmless_rows(context, saved, splits)
    speakable = np.all([_rows_finite(values) for values in wire.values()], axis=0)
    chosen = np.flatnonzero(speakable)[:1]
    if len(chosen) == 0:
        return None
    row = {name: values[chosen] for name, values in wire.items()}
    try:
        saved(row)
    except tf.errors.OpError as error:
        raise ContractError(
            "The deployed graph refuses a row of the pipeline's own synthetic data:"
            f" {error.message}"
        ) from error
    path = f"/v1/models/{context.pipeline.name}:predict"
    return RequestRecord(path=path, body=predict_request(row))


def first_rows(split: Examples, count: int) -> Rows:
    """The wire rows of the first few examples, of fewer where there are not so many."""
    return split.rows(np.arange(min(len(split), count)))


def _harmless_rows(context: StageContext, saved: SavedModel, splits: Splits) -> Rows:
    if splits.provenance.synthetic:
        return first_rows(splits.test, _EXAMPLES)
    config = context.config
    if config.data.split == "given":  # the source's own splits, which synthetic data has not
        data = config.data.model_copy(update={"split": "entity"})
        config = config.model_copy(update={"data": data})
    synthetic = context.pipeline.synthesize(config, _SYNTHETIC_EXAMPLES, config.train.seed)
    wire = first_rows(synthetic.test, _EXAMPLES)
    specs = dict(saved.inputs())
    return {
        name: values if values.dtype.kind in "OUS" else _zeros(specs[name], len(values))
        for name, values in wire.items()
    }


def _zeros(spec: tf.TensorSpec, num_rows: int) -> NDArray[Any]:
    shape = (num_rows, *(size or 1 for size in spec.shape[1:]))
    return np.zeros(shape, dtype=spec.dtype.as_numpy_dtype)


def _rows_finite(values: NDArray[Any]) -> NDArray[np.bool_]:
    """For each row, whether all its numbers are finite; strings are."""
    if values.dtype.kind != "f":
        return np.ones(len(values), dtype=bool)
    return np.asarray(np.isfinite(values.reshape(len(values), -1)).all(axis=1))


def _is_text(value: Any) -> bool:
    if not isinstance(value, bytes):
        return True
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
