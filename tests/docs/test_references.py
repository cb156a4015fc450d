from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.source_tree import IN_ONE_PROCESS, REPOSITORY
from tests.docs.references import documentation_pages, find_broken_references, shipped_prose

pytestmark = IN_ONE_PROCESS

PAGES = documentation_pages()


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(REPOSITORY)) for page in PAGES])
def test_all_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert find_broken_references(text, folder=page.parent, page=page) == []


def test_all_that_docstrings_and_messages_of_shipped_code_name_exists() -> None:
    broken = [
        f"{place}: {fault}"
        for place, text in shipped_prose()
        for fault in find_broken_references(text)
    ]
    assert broken == []


@pytest.mark.parametrize(
    "text",
    [
        "`shared.model.target.calibrator`",
        "shared.no_such_room.file",
        "`pipelines.speech.models:no_such_builder`",
        "`shared/loading/wheels.py`",
        "`pipelines/<name>/no_such_file.py`",
        "docs/no_such_page.md",
        "`shared/training/no_such_room/`",
        "`config_sources.py`",
        "`tests/shared/test_no_such.py`",
        "`data.label_colum`",
        "--set train.epoch=3",
        "[the design](docs/no_such_page.md)",
        "[the design](docs/architecture.md#no-such-heading)",
        "[below](#no-such-heading)",
    ],
)
def test_a_reference_that_leads_nowhere_is_found(text: str) -> None:
    assert find_broken_references(text, REPOSITORY, page=REPOSITORY / "README.md")


@pytest.mark.parametrize(
    "text",
    [
        "`shared.model.target`, shared.errors.ConfigError and `shared.config`",
        "`shared.stages.runner:run_stages`",
        "`shared/{errors,__init__}.py`",
        "`pipelines/<name>/preprocess.py`",
        "`shared/evaluation/{decisions,forecasts}/` and `pipelines/<name>/models/`",
        "`data.json` is a file, `data.fsdd` a module, `data.split` a setting",
        "`train.keras`, model.weights.h5, train.tsv",
        "```python\nlength = train.rows\n```",
        "[the design](docs/architecture.md#the-contract), [a site](https://example.org/x.md)",
        "shared.{contract,targets}",
        "medmnist/info.py",
    ],
)
def test_a_reference_that_leads_somewhere_is_left_alone(text: str) -> None:
    assert find_broken_references(text, REPOSITORY, page=REPOSITORY / "README.md") == []


def test_an_fstring_counts_as_one_text() -> None:
    assert not any(text.startswith("_dataset_builder.py") for _, text in shipped_prose())
