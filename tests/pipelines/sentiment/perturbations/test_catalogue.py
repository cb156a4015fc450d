from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from pipelines.sentiment.perturbations.catalogue import build_perturbations
from tests.pipelines.sentiment import configure

_PERTURBATIONS = build_perturbations(configure())
_LONG = "She thought that the wonderful film was, frankly, rather disappointing." * 5


def _changed(name: str, *texts: str | bytes, severity: int = 1, seed: int = 0) -> list[Any]:
    rows = {"text": np.array(texts, dtype=object)}
    return list(_PERTURBATIONS[name].apply(rows, severity, np.random.default_rng(seed))["text"])


@pytest.mark.parametrize("name", list(_PERTURBATIONS))
def test_rows_keep_their_number_and_their_kind(name: str) -> None:
    perturbation = _PERTURBATIONS[name]
    rows = {"text": np.array([b"She liked it a lot!", b"", b"broken \xff bytes"], dtype=object)}
    for severity in perturbation.severities:
        changed = perturbation.apply(rows, severity, np.random.default_rng(0))["text"]
        assert (changed.shape, changed.dtype) == (rows["text"].shape, rows["text"].dtype)
        assert all(isinstance(value, bytes) for value in changed)


@pytest.mark.parametrize("name", list(_PERTURBATIONS))
def test_the_same_generator_gives_the_same_change(name: str) -> None:
    severity = _PERTURBATIONS[name].severities[-1]
    assert _changed(name, _LONG, severity=severity) == _changed(name, _LONG, severity=severity)


def test_corruptions_have_five_severities_and_others_one() -> None:
    assert {
        (perturbation.kind, perturbation.severities) for perturbation in _PERTURBATIONS.values()
    } == {
        ("corruption", (1, 2, 3, 4, 5)),
        ("counterfactual", (1,)),
        ("ood", (1,)),
    }


def _overlap(one: str, other: str) -> float:
    """Share of words that both texts hold (Dice)."""
    counts = Counter(one.split()), Counter(other.split())
    return 2.0 * (counts[0] & counts[1]).total() / (counts[0].total() + counts[1].total())


@pytest.mark.parametrize(
    "name",
    [name for name, perturbation in _PERTURBATIONS.items() if perturbation.kind == "corruption"],
)
def test_a_higher_severity_changes_more(name: str) -> None:
    text = _LONG * 20
    kept = [_overlap(text, _changed(name, text, severity=severity)[0]) for severity in (1, 3, 5)]
    assert 1.0 > kept[0] > kept[1] > kept[2]


def test_each_corruption_states_its_five_shares() -> None:
    assert _PERTURBATIONS["scanned"].describe.startswith("0.5, 1, 2, 5 and 10 % of the characters")


def test_ood_texts_are_about_as_long_as_the_rows_they_replace() -> None:
    for name in (
        name for name, perturbation in _PERTURBATIONS.items() if perturbation.kind == "ood"
    ):
        short, long = (len(text.split()) for text in _changed(name, "one two", _LONG))
        assert 2 <= short <= 14
        assert 45 <= long <= 57


def test_identity_terms_are_swapped_and_texts_without_one_stay_byte_by_byte() -> None:
    plain = b"A  plain text, with\xff bytes."
    assert _changed("identity_swap", b"She met her brother.", plain) == [
        b"He met his sister.",
        plain,
    ]


def test_first_names_are_swapped_and_texts_without_one_stay_byte_by_byte() -> None:
    plain = b"A  plain text, with\xff bytes."
    changed, same = _changed("name_swap", b"Emily wrote it.", plain)
    assert changed.decode().endswith(" wrote it.")
    assert not changed.startswith(b"Emily")
    assert same == plain
