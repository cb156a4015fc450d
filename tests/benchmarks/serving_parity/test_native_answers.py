from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

import pipelines
from benchmarks.serving_parity.array_file import read_arrays, write_arrays
from benchmarks.serving_parity.comparing import compare
from benchmarks.serving_parity.native_answers import (
    ask_natively,
    further_libraries,
    native_libraries,
)
from benchmarks.serving_parity.native_library import installed_library
from shared.contract import Rows
from shared.serving.saved_model import load_saved_model, newest_version
from tests.contract.case import Case

RELATIVE_TOLERANCE = 1e-5
"""Another TensorFlow may sum in another order; float32 arithmetic stays below that."""


class Spelled(tf.Module):
    """Texts and numbers in, both out."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, name="text"),
            tf.TensorSpec([None, 2], tf.float64, name="pair"),
        ]
    )
    def serve(self, text: Any, pair: Any) -> dict[str, Any]:
        return {
            "said": tf.strings.join([text, "!"]),
            "sum": tf.reduce_sum(pair, axis=-1),
            "length": tf.strings.length(text),
        }


def test_arrays_survive_their_file(tmp_path: Path) -> None:
    numbers = np.array([[1.5, np.nan]], np.float32)
    arrays = {"one": {"a": numbers, "b": np.array([b"\xff\x00", b""], dtype=object)}}
    write_arrays(tmp_path / "a.json", arrays)
    found = read_arrays(tmp_path / "a.json")["one"]
    np.testing.assert_array_equal(found["a"], numbers)
    assert found["a"].dtype == np.float32
    assert found["b"].tolist() == [b"\xff\x00", b""]


def test_a_graph_is_asked_without_tensorflow_for_python(tmp_path: Path) -> None:
    module = Spelled()
    tf.saved_model.save(module, str(tmp_path / "1"), signatures=module.serve)
    long = "x" * 40  # beyond what a TF_TString holds inside itself
    texts = np.array(["", "naïve", long], dtype=object)
    pairs = np.array([[1.0, 2.0], [3.0, np.nan], [5e300, 1.0]])
    wire = {"text": texts, "pair": pairs}
    version, answers = ask_natively(installed_library(), tmp_path / "1", wire)
    given = answers["serving_default"]
    assert version == tf.__version__
    assert given["said"].tolist() == ["!", "naïve!", f"{long}!"]
    np.testing.assert_array_equal(given["sum"], pairs.sum(axis=1))
    assert given["length"].tolist() == [0, 6, 40]


def test_unzipped_wheels_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "2.20.0" / "tensorflow"
    wheel.mkdir(parents=True)
    (wheel / "libtensorflow_cc.so.2").touch()
    monkeypatch.setenv("PLUMBLINE_TENSORFLOWS", str(tmp_path))
    assert further_libraries() == [wheel]
    monkeypatch.delenv("PLUMBLINE_TENSORFLOWS")
    assert further_libraries() == []


def test_what_is_no_saved_model_fails_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Could not find SavedModel"):
        ask_natively(installed_library(), tmp_path, {"text": np.array(["a"], dtype=object)})


def run_saved_model_cli(
    version: Path, endpoint: str, wire: Rows, folder: Path
) -> dict[str, NDArray[Any] | None]:
    """Each output that the tool wrote; None for texts, which it pickles."""
    folder.mkdir()
    given = []
    for name, values in wire.items():
        content = values.astype(object) if values.dtype.kind in "OUS" else values
        np.save(folder / f"in-{name}.npy", content)
        given.append(f"{name}={folder / f'in-{name}.npy'}")
    tool = Path(sys.executable).parent / "saved_model_cli"
    where = ("--dir", version, "--tag_set", "serve", "--signature_def", endpoint)
    asked = ("--inputs", ";".join(given), "--outdir", folder / "out")
    subprocess.run([tool, "run", *where, *asked], check=True, capture_output=True)
    found: dict[str, NDArray[Any] | None] = {}
    for path in sorted((folder / "out").glob("*.npy")):
        with suppress(ValueError):  # "Object arrays cannot be loaded"
            found[path.stem] = np.load(path)
        found.setdefault(path.stem, None)
    return found


@pytest.fixture(scope="module")
def case_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Case]:
    """Each pipeline's first family, exported once."""

    @cache
    def make(name: str) -> Case:
        folder = tmp_path_factory.mktemp(name)
        return Case(pipelines.get_pipeline(name), pipelines.presets_folder(name), folder)

    return make


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.xdist_group("native_answers")
@pytest.mark.parametrize("name", pipelines.NAMES)
def test_every_pipeline_is_answered_alike_by_every_tensorflow(
    name: str, case_of: Callable[[str], Case]
) -> None:
    case = case_of(name)
    saved = load_saved_model(newest_version(case.run("export")))
    wire = case.wire(16)
    expected = {endpoint: saved(wire, signature=endpoint) for endpoint in saved.endpoints}
    for library in native_libraries():
        version, answers = ask_natively(library, saved.path, wire)
        found = compare(expected, answers)
        assert found.relative < RELATIVE_TOLERANCE, (version, found)
        assert found.num_decisions == 0, (version, found)


@pytest.mark.slow
@pytest.mark.skipif(
    not further_libraries(), reason="PLUMBLINE_TENSORFLOWS names no unzipped wheels of TensorFlow"
)
def test_further_tensorflows_are_others(tmp_path: Path) -> None:
    module = Spelled()
    tf.saved_model.save(module, str(tmp_path / "1"), signatures=module.serve)
    wire = {"text": np.array(["a"], dtype=object), "pair": np.ones((1, 2))}
    asked = [ask_natively(one, tmp_path / "1", wire) for one in native_libraries()]
    assert len({version for version, _ in asked}) == len(asked)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.xdist_group("native_answers")
@pytest.mark.parametrize("name", pipelines.NAMES)
def test_saved_model_cli_runs_every_signature(
    name: str, case_of: Callable[[str], Case], tmp_path: Path
) -> None:
    case = case_of(name)
    saved = load_saved_model(newest_version(case.run("export")))
    wire = case.wire(2)
    for endpoint in saved.endpoints:
        answers = run_saved_model_cli(saved.path, endpoint, wire, tmp_path / endpoint)
        expected = saved(wire, signature=endpoint)
        assert answers.keys() == expected.keys()
        numbers = {key: one for key, one in expected.items() if one.dtype.kind == "f"}
        received = {key: one for key in numbers if (one := answers[key]) is not None}
        found = compare({endpoint: numbers}, {endpoint: received})
        assert found.relative < RELATIVE_TOLERANCE
