"""A published SavedModel as a callable over NumPy arrays, exactly as a server would run it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.contract import Rows
from shared.errors import MissingArtefactError
from shared.run.directory import RunDirectory
from shared.run.files import SAVED_MODEL
from shared.run.rerun_command import rerun_command

__all__ = [
    "WEIGHTS",
    "SavedModel",
    "fingerprint_variables",
    "load_saved_model",
    "newest_version",
]

WEIGHTS = "weights"
"""The attribute of a loaded SavedModel that lists its weights, in the order of the Keras models'
`weights`."""


@dataclass(frozen=True)
class SavedModel:
    """A loaded SavedModel.

    Attributes:
        path: The version folder it was read from.
        loaded: What TensorFlow returned; kept, because its signatures die with it ("variables which
            have been deleted").
    """

    path: Path
    loaded: Any

    def __call__(
        self, wire: Rows, *, signature: str = "serving_default"
    ) -> dict[str, NDArray[Any]]:
        """Run one signature on a wire batch of n rows.

        Args:
            wire: Named arrays with a leading axis of n, as a client sends them.
            signature: Name of the endpoint.

        Returns:
            Each output by name, with a leading axis of n; strings as str.

        Raises:
            tf.errors.OpError: The graph can't read one of the rows.
        """
        tensors = {name: _tensor(wire[name], spec.dtype) for name, spec in self.inputs(signature)}
        outputs = self.loaded.signatures[signature](**tensors)
        return {name: _array(outputs[name]) for name in sorted(outputs)}

    @property
    def signatures(self) -> list[str]:
        """Names of all signatures, sorted."""
        return sorted(self.loaded.signatures)

    @property
    def endpoints(self) -> list[str]:
        """Names of those that take rows as clients send them: all but a stream."""
        wire = [name for name, _ in self.inputs()]
        return [one for one in self.signatures if [name for name, _ in self.inputs(one)] == wire]

    def inputs(self, endpoint: str = "serving_default") -> list[tuple[str, tf.TensorSpec]]:
        """Name, shape (None where free) and dtype of each input, sorted by name."""
        _, specs = self.loaded.signatures[endpoint].structured_input_signature
        return sorted(specs.items())

    def outputs(self, endpoint: str = "serving_default") -> list[tuple[str, tf.TensorSpec]]:
        """Name, shape (None where free) and dtype of each output, sorted by name."""
        return sorted(self.loaded.signatures[endpoint].structured_outputs.items())

    def fingerprint(self) -> str:
        """SHA-256 (hex) of the weights; equal to that of the Keras models it was exported from."""
        return fingerprint_variables(getattr(self.loaded, WEIGHTS))


def load_saved_model(path: Path) -> SavedModel:
    """Load a version folder.

    Raises:
        MissingArtefactError: It is not a complete SavedModel.
    """
    try:
        return SavedModel(path, tf.saved_model.load(str(path)))
    except (OSError, tf.errors.OpError) as error:
        raise MissingArtefactError(
            f"{path} is not a complete SavedModel ({_first_line(error)}). Make it again with"
            f" {rerun_command('export', path.parents[1])}"
        ) from error


def newest_version(run: RunDirectory) -> Path:
    """The folder of the highest version number, which is what a server loads by default.

    A server watches their common folder, which holds nothing but integer versions.

    Raises:
        MissingArtefactError: Nothing was exported.
    """
    base = run.require(SAVED_MODEL)
    folders = [item for item in base.iterdir() if item.is_dir() and item.name.isdecimal()]
    versions = sorted((int(folder.name), folder) for folder in folders)
    if not versions:
        raise MissingArtefactError(
            f"{base} holds no version. The stage 'export' makes it: run first with"
            f" {run.rerun_command('export')}"
        )
    return versions[-1][1]


def fingerprint_variables(variables: Iterable[Any]) -> str:
    """SHA-256 (hex) over dtypes, shapes and values, in order.

    Names don't count, they differ between Keras and TensorFlow.
    """
    digest = hashlib.sha256()
    for variable in variables:
        values = np.ascontiguousarray(tf.convert_to_tensor(variable).numpy())
        digest.update(f"{values.dtype.name}{values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _tensor(values: NDArray[Any], dtype: Any) -> Any:
    # Python lists, because TensorFlow reads object arrays of str or bytes only element by element.
    return tf.constant(values.tolist() if values.dtype.kind in "OUS" else values, dtype=dtype)


def _array(tensor: Any) -> NDArray[Any]:
    values = tensor.numpy()
    if values.dtype.kind != "O":
        return np.asarray(values)
    texts = [item.decode() for item in values.ravel().tolist()]
    return np.asarray(texts, dtype=object).reshape(values.shape)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
