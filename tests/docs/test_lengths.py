"""Pages stay short: what is said twice, or in too many words, is not read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY
from tests.docs.references import documentation_pages

MOST_WORDS = {
    "README.md": 725,
    "pipelines/README.md": 1500,
    "docs/architecture.md": 1140,
    "docs/augmentation.md": 290,
    "benchmarks/README.md": 660,
    "deploy/README.md": 950,
    "docs/compression.md": 420,
    "docs/data.md": 1130,
    "docs/decisions.md": 1120,
    "docs/evaluation.md": 1200,
    "docs/explanations.md": 1_110,
    "shared/README.md": 700,
    "docs/families.md": 380,
    "docs/fairness.md": 1150,
    "docs/forecasts.md": 500,
    "docs/glossary.md": 470,
    "docs/monitoring.md": 700,
    "docs/notebook.md": 300,
    "docs/pretrained.md": 350,
    "docs/report.md": 560,
    "docs/results.md": 640,
    "docs/scale.md": 340,
    "docs/serving.md": 1780,
    "docs/tour.md": 480,
    "docs/training.md": 1_430,
    "docs/tutorial.md": 700,
    "pipelines/medical_imaging/reading/README.md": 530,
    "pipelines/speech/README.md": 495,
    "pipelines/speech/reading/README.md": 170,
    "pipelines/time_series/reading/README.md": 570,
}
MOST_WORDS_OF_FOLDERS = {"pipelines": 450, "data": 150}
"""Model cards and data cards, each page."""

GENERATORS = (
    "clinic_visits",
    "dermatoscopy_phantoms",
    "formant_digits",
    "grammar_reviews",
    "site_loads",
)
MOST_WORDS |= {f"data/{name}/README.md": 250 for name in GENERATORS}
"""No other page states the schema, planted cause, planted bias and limits of generated data."""

MOST_WORDS_IN_DOCS = 15_000
"""Without results, and without what programs write."""

MOST_WORDS_IN_ALL = 25_740  # with a fifth pipeline, a server, a tutorial, streams, scale

_GENERATED = frozenset({"docs/settings.md"})
# Tables between these marks are written by programs, and code blocks headed `# path: name` copied.
_GENERATED_PARTS = re.compile(
    r"<!-- results:.*?<!-- end -->|^```python\n# \S+: \w+\n.*?^```", re.DOTALL | re.MULTILINE
)


def count_words(text: str) -> int:
    """Whatever stands between spaces and holds a letter or digit, but for what programs write."""
    written = _GENERATED_PARTS.sub("", text)
    return sum(any(character.isalnum() for character in word) for word in written.split())


def most_words(page: str) -> int | None:
    """The budget of a page, by its path in the repository."""
    folders = (most for folder, most in MOST_WORDS_OF_FOLDERS.items() if page.startswith(folder))
    return MOST_WORDS.get(page, next(folders, None))


PAGES = [str(page.relative_to(REPOSITORY)) for page in documentation_pages()]
COUNTED = [page for page in PAGES if page not in _GENERATED]


def words_of(page: str) -> int:
    return count_words(Path(REPOSITORY, page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", COUNTED)
def test_a_page_keeps_to_its_budget(page: str) -> None:
    most = most_words(page)
    assert most is not None, f"{page} has no budget: give it one above"
    assert words_of(page) <= most


def test_all_pages_together_keep_to_the_budget() -> None:
    assert sum(map(words_of, COUNTED)) <= MOST_WORDS_IN_ALL


def test_the_folder_of_pages_keeps_to_the_budget() -> None:
    pages = (page for page in COUNTED if page.startswith("docs/") and page != "docs/results.md")
    assert sum(map(words_of, pages)) <= MOST_WORDS_IN_DOCS


def test_words_are_counted_without_marks_and_generated_parts() -> None:
    text = "# Two words\n<!-- results: all -->\n| 1 |\n<!-- end -->\n```python\n# a.py: b\nc\n```\n| – |"
    assert count_words(text) == 2
