from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipelines.sentiment.probes import build_probes
from tests.pipelines.sentiment import configure

_PROBES = build_probes(configure())
_LONG = "She thought that the wonderful film was, frankly, rather disappointing." * 5


def _changed(name: str, *texts: str | bytes, severity: int = 1, seed: int = 0) -> list[Any]:
    rows = {"text": np.array(texts, dtype=object)}
    return list(_PROBES[name].apply(rows, severity, np.random.default_rng(seed))["text"])


@pytest.mark.parametrize("name", list(_PROBES))
def test_rows_keep_their_number_and_their_kind(name: str) -> None:
    probe = _PROBES[name]
    rows = {"text": np.array([b"She liked it a lot!", b"", b"broken \xff bytes"], dtype=object)}
    for severity in probe.severities:
        changed = probe.apply(rows, severity, np.random.default_rng(0))["text"]
        assert (changed.shape, changed.dtype) == (rows["text"].shape, rows["text"].dtype)
        assert all(isinstance(value, bytes) for value in changed)


@pytest.mark.parametrize("name", list(_PROBES))
def test_the_same_generator_gives_the_same_change(name: str) -> None:
    severity = _PROBES[name].severities[-1]
    assert _changed(name, _LONG, severity=severity) == _changed(name, _LONG, severity=severity)


def test_severities_increase_from_one() -> None:
    assert all(probe.severities == tuple(range(1, len(probe.severities) + 1)) for probe in _PROBES.values())


@pytest.mark.parametrize("name", ["typos", "shouting"])
def test_a_higher_severity_changes_more_words(name: str) -> None:
    text = _LONG * 10
    counts = [
        sum(one != other for one, other in zip(text.split(), _changed(name, text, severity=severity)[0].split(), strict=True))
        for severity in (1, 2, 3)
    ]
    assert 0 < counts[0] < counts[1] < counts[2]


def test_typos_spare_short_words() -> None:
    assert _changed("typos", "to be or not to be, it is I" * 20, severity=3) == ["to be or not to be, it is I" * 20]


def test_shouting_only_changes_case() -> None:
    (shouted,) = _changed("shouting", _LONG, severity=3)
    assert shouted != _LONG
    assert shouted.lower() == _LONG.lower()


def test_punctuation_goes_but_apostrophes_within_words_stay() -> None:
    assert _changed("no_punctuation", "'Well', it's good!!! (really) :-)") == ["Well it's good really "]


def test_identity_terms_are_swapped_and_texts_without_one_stay_byte_by_byte() -> None:
    plain = b"A  plain text, with\xff bytes."
    assert _changed("identity_swap", b"She met her brother.", plain) == [b"He met his sister.", plain]


def test_only_the_identity_swap_is_a_counterfactual() -> None:
    assert {name: probe.kind for name, probe in _PROBES.items() if probe.kind == "counterfactual"} == {"identity_swap": "counterfactual"}
