from __future__ import annotations

import pytest

from shared.run.artefacts.schemas import ARTEFACTS, SCHEMA_FOLDER, schema_files


@pytest.mark.parametrize("name", schema_files())
def test_schemas_are_what_the_models_say(name: str) -> None:
    written = (SCHEMA_FOLDER / name).read_text(encoding="utf-8")
    assert written == schema_files()[name], "stale; write it with `make schemas`"


def test_no_schema_outlives_its_model() -> None:
    assert {path.name for path in SCHEMA_FOLDER.iterdir()} == set(schema_files())


def test_every_artefact_has_a_file_of_its_own() -> None:
    assert len({artefact.file for artefact in ARTEFACTS}) == len(ARTEFACTS)
