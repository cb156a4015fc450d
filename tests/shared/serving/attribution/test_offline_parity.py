from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

from shared.contract import ServedSegments
from shared.errors import ContractError
from shared.run.context import StageContext
from shared.serving.attribution.endpoint import ServedAttributions
from shared.serving.export import export_stage
from shared.serving.saved_model import load_saved_model, newest_version
from tests.shared.serving.tiny.signals import SAMPLES, signal_bytes, signal_context

_WITHOUT_KERAS = """
import sys
sys.modules["keras"] = None  # an import of it fails
import tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
wire = tf.constant([bytes.fromhex(text) for text in sys.argv[2:]])
told = loaded.signatures["explain"](signal_bytes=wire)
print(told["attributions"].numpy().tolist())
"""


def _context(folder: Path) -> StageContext:
    context = signal_context(folder)
    segments = ServedSegments(
        count=SAMPLES, share=lambda cells, rows, tensors: cells["wave"], rows=("wave",)
    )
    pipeline = replace(context.pipeline, served_segments=lambda config: segments)
    return replace(context, pipeline=pipeline)


@pytest.mark.slow
def test_any_tensorflow_loads_it_without_keras(tmp_path: Path) -> None:
    context = _context(tmp_path)
    export_stage(context)
    path = newest_version(context.run)
    wire = signal_bytes(2, seed=7)
    here = load_saved_model(path)({"signal_bytes": wire}, signature="explain")
    texts = [item.hex() for item in wire]
    command = [sys.executable, "-c", _WITHOUT_KERAS, str(path), *texts]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    elsewhere = json.loads(done.stdout.splitlines()[-1])
    np.testing.assert_allclose(elsewhere, here["attributions"], rtol=1e-5, atol=1e-7)


@pytest.mark.slow
def test_attributions_of_another_model_are_not_published(tmp_path: Path) -> None:
    context = _context(tmp_path)
    honest = ServedAttributions._by_name  # what the offline integral has no part in

    def doubled(served: Any, cells: Any) -> Any:
        return {name: 2.0 * values for name, values in honest(served, cells).items()}

    with (
        mock.patch.object(ServedAttributions, "_by_name", doubled),
        pytest.raises(ContractError, match=r"'attributions' is .* of its row's largest number off"),
    ):
        export_stage(context)
    assert not list((context.run / "saved_model").iterdir())


def test_a_run_without_it_says_why(exported: StageContext) -> None:
    document = exported.run.read_json("signature.json", maker="export")
    assert "explain" not in document["signatures"]
    assert document["why_no_attributions"].startswith("The pipeline names no segments for it.")
    assert "shap_exact" in document["why_no_attributions"]
