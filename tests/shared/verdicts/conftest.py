"""One invented run for all tests of pages."""

from __future__ import annotations

import pytest

from shared.reporting.artefacts import Artefacts, read_artefacts
from tests.shared.reporting.runs import make_run


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    """What the report of an invented run is made of."""
    return read_artefacts(make_run(tmp_path_factory.mktemp("runs") / "words"))
