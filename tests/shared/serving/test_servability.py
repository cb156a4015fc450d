from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from shared.serving.servability import find_offenders, list_operations


@pytest.mark.parametrize(
    "name",
    [
        "MatMul",
        "Conv2D",
        "StatelessIf",
        "StatelessWhile",
        "LookupTableFindV2",
        "VarHandleOp",
        "DecodeJpeg",
        "StringSplitV2",
        "Assert",
    ],
)
def test_pure_stock_operation_is_allowed(name: str) -> None:
    assert find_offenders([name]) == {}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("FastWordpieceTokenizeWithOffsets", "not an operation of stock TensorFlow"),
        ("TFText>RoundRobinTrim", "not an operation of stock TensorFlow"),
        ("RandomUniform", "draws random numbers"),
        ("StatelessTruncatedNormal", "draws random numbers"),
        ("StatelessMultinomial", "draws random numbers"),
        ("StatefulStandardNormalV2", "not a pure function"),
        ("RngReadAndSkip", "not a pure function"),
        ("PyFuncStateless", "not a pure function"),
        ("EagerPyFunc", "not a pure function"),
        ("ReadFile", "not a pure function"),
        ("WriteFile", "not a pure function"),
        ("PrintV2", "not a pure function"),
    ],
)
def test_operation_that_a_server_cannot_or_should_not_run_is_named_with_the_reason(
    name: str, reason: str
) -> None:
    (found,) = find_offenders(["MatMul", name]).items()
    assert found[0] == name
    assert found[1].startswith(reason)


def test_operations_inside_functions_are_listed_and_function_names_are_not(tmp_path: Path) -> None:
    class Doubling(tf.Module):  # type: ignore[misc, unused-ignore]
        @tf.function(input_signature=[tf.TensorSpec((None,), tf.float32)])
        def double(self, values: tf.Tensor) -> tf.Tensor:
            return tf.map_fn(lambda value: tf.sinh(value) * 2.0, values)

    tf.saved_model.save(Doubling(), str(tmp_path / "1"))
    operations = list_operations(tmp_path / "1")
    assert "Sinh" in operations
    assert operations == sorted(set(operations))
    assert not [name for name in operations if name.startswith("__inference")]
