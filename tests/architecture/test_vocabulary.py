"""One word per idea: words that were given up for the field's own stay away (`docs/glossary.md`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY, SHIPPED

RETIRED = {
    "probe": "perturbation",
    "remedy": "mitigation",
    "remedies": "mitigations",
    "pathway": "gap sources",
    "picture": "image",
    "player": "segment",
    "opponent": "comparator",
    "insufficient evidence": "not enough data",
    "needs no model": "baseline",
}
"""Nowhere: neither in names nor in any text. Retired word -> the word for it."""

RETIRED_IN_NAMES = {
    "doubt": "max_softmax",
    "embedded": "bundled",
    "evidence": "ground_truth, or GapPower",
    "familiar": "in_distribution",
    "foreign": "ood",
    "headline": "primary_metric",
    "noticing": "OodEvaluation",
    "quota": "draw_counts",
    "strangeness": "ood_score",
    "unfamiliar": "is_ood",
    "unfamiliarity": "ood_score",
}
"""Not in names of code, keys of JSON and of tables; people may read them in a sentence."""

EXCEPTIONS = {
    ("data/grammar_reviews/lexicon.py", "picture"): "a word of the reviews",
    ("pipelines/speech/perturbations/catalogue.py", "player"): "what plays a recording",
    ("shared/reporting/sections/summary.py", "headline"): "the line at the top of the report",
    ("shared/monitoring/scored_rows.py", "unfamiliar"): "a column of a page for people",
    ("shared/serving/batch/score_table.py", "unfamiliar"): "a column of a table for people",
    ("shared/reporting/tables/ood.py", "foreign"): "a row of the report, for people",
    ("tests/shared/monitoring/test_drift_tests.py", "unfamiliar"): "the same column",
    ("tests/shared/serving/batch/test_scoring.py", "unfamiliar"): "the same column",
    ("tests/deploy/test_serving_manifests.py", "probe"): "what Kubernetes calls its checks",
}
"""(file, word) -> why it may stay."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_KEY = re.compile(r"[A-Za-z][\w.:/-]*")
_IN_TEXT = re.compile(rf"\b({'|'.join(RETIRED)})s?\b", re.IGNORECASE)
_ANYWHERE = re.compile("|".join(RETIRED | RETIRED_IN_NAMES), re.IGNORECASE)
_PAGES = ("*.md", "*.html", "*.yaml", "*.css")


def find_retired_words(path: str, text: str) -> list[str]:
    """The retired words in a module: in its path, its names, its keys and its texts."""
    if not _ANYWHERE.search(f"{path}\n{text}"):
        return []  # most modules; parsing all takes long
    words = [(path, word) for word in _words_of_name(path)]
    texts = []
    for node in ast.walk(ast.parse(text)):
        words += [(name, word) for name in _names_in(node) for word in _words_of_name(name)]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    found = [(where, word) for where, word in words if word in RETIRED | RETIRED_IN_NAMES]
    found += [(where, word) for where in texts for word in find_retired_in_text(where)]
    return [
        f"{path}: {word!r} in {where.strip()[:60]!r}; say {_instead(word)!r}"
        for where, word in dict.fromkeys(found)
        if (path, word) not in EXCEPTIONS
    ]


def find_retired_in_text(text: str) -> list[str]:
    """The retired words that a text for people holds, in any form that ends in s."""
    return [word.lower() for word in _IN_TEXT.findall(text)]


def _instead(word: str) -> str:
    return (RETIRED | RETIRED_IN_NAMES)[word]


@cache
def _words_of_name(name: str) -> set[str]:
    """`read_OODScores` -> {read, ood, scores, score}: the words of a name, plurals also in singular."""
    words = {word.lower() for word in _WORDS.findall(name)}
    return words | {word.removesuffix("s") for word in words}


def _names_in(node: ast.AST) -> Iterator[str]:
    for field in ("id", "name", "attr", "arg"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value
    key = node.value if isinstance(node, ast.Constant) else None
    if isinstance(key, str) and _KEY.fullmatch(key):
        yield key


@cache
def texts_of_code() -> dict[str, str]:
    """Path -> text of shipped code, tests and benchmarks; not of this file, which must name the words."""
    files = [
        file
        for folder in (*SHIPPED, "tests", "benchmarks")
        for file in sorted((REPOSITORY / folder).rglob("*.py"))
        if file != Path(__file__)
    ]
    return {str(file.relative_to(REPOSITORY)): file.read_text(encoding="utf-8") for file in files}


def pages() -> list[Path]:
    """Documentation, templates and presets."""
    found = [page for pattern in _PAGES for page in REPOSITORY.rglob(pattern)]
    places = {page: page.relative_to(REPOSITORY).parts for page in found}
    return sorted(
        page
        for page, parts in places.items()
        if parts[0] != "runs" and not any(part.startswith(".") for part in parts)
    )


def test_names_and_texts_of_code_use_the_words_of_the_glossary() -> None:
    faults = [fault for place in texts_of_code().items() for fault in find_retired_words(*place)]
    assert not faults, "\n".join(faults)


def test_pages_templates_and_presets_use_the_words_of_the_glossary() -> None:
    faults = [
        f"{page.relative_to(REPOSITORY)}: {word!r}; say {RETIRED[word]!r}"
        for page in pages()
        for word in find_retired_in_text(page.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "text",
    [
        "def make_probes(): ...",
        "class PlayerNames: ...",
        "from shared.fairness import pathway",
        "document['foreign'] = {}",
        "is_unfamiliar = True",
        '"""The evidence is clear: a player is removed."""',
        "raise ValueError(f'insufficient evidence for {name}')",
    ],
)
def test_a_retired_word_is_found(text: str) -> None:
    (_,) = find_retired_words("module.py", text)


def test_a_retired_word_is_found_in_the_name_of_a_file() -> None:
    assert find_retired_words("shared/probes.py", "")


@pytest.mark.parametrize(
    "text", ['"""With the evidence that it can be trusted: familiar."""', "display = 'image'"]
)
def test_other_words_and_sentences_for_people_are_left_alone(text: str) -> None:
    assert find_retired_words("module.py", text) == []


def test_exceptions_are_still_needed() -> None:
    texts = texts_of_code()
    assert [place for place in EXCEPTIONS if place[1] not in texts.get(place[0], "")] == []
