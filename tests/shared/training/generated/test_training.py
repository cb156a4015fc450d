from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shared.contract import UNKNOWN, Examples, GeneratedRows, Rows
from shared.run.artefacts.data.synthetic import SyntheticRecord
from shared.run.artefacts.train_file import TrainRecord
from shared.training.train import train_stage
from tests.shared.training.test_train import context


def _generate(config: Any, train: Examples, target: Any) -> GeneratedRows:
    """Thirty signals of the first class, noise of their own around the training ones."""
    del config, target
    generator = np.random.default_rng(0)
    chosen = np.flatnonzero(train.targets == 0)[np.arange(30) % (train.targets == 0).sum()]
    signals = train.rows(chosen)["signal"]
    signals = (signals + generator.normal(size=signals.shape)).astype(np.float32)
    ids = np.array([f"synthetic-{number}" for number in range(30)])
    groups = pd.DataFrame({name: [UNKNOWN] * 30 for name in train.groups})
    rows = Examples(ids, ids, np.zeros(30, np.int64), groups, lambda i: {"signal": signals[i]})

    def numbers(wire: Rows) -> Any:
        return wire["signal"]

    return GeneratedRows(rows, "a test", numbers, numbers, 0.05, "Use another.")


def test_a_network_learns_from_made_rows_which_no_count_of_the_data_holds(tmp_path: Path) -> None:
    made = context(tmp_path, epochs=1, deploy="network")
    made = replace(made, pipeline=replace(made.pipeline, generate=_generate))
    train_stage(made)
    splits = made.splits()
    record = SyntheticRecord.read(made.run)
    assert (record.num_real, record.num_synthetic) == (len(splits.train), 30)
    assert TrainRecord.read(made.run).num_examples == len(splits.train)
    assert "class_shares" in _layer_names(tmp_path / "network.keras")


def _layer_names(path: Path) -> set[str]:
    import keras

    return {layer.name for layer in keras.saving.load_model(path, compile=False).layers}
