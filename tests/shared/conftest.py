"""A trained toy, made once for the tests of compression and of teaching."""

from __future__ import annotations

import pytest

from shared.run.context import StageContext
from tests.shared.trained_toy import train_toy


@pytest.fixture(scope="session")
def toy_run(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    return train_toy(tmp_path_factory.mktemp("toy") / "run")
