from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.sentiment.behaviours.identity_tests import (
    CONTROL_WORDS,
    IDENTITY_TERMS,
    NOT_MENTIONED,
)
from pipelines.sentiment.behaviours.lexicon import ADJECTIVES, MILD_ADJECTIVES, VERBS
from pipelines.sentiment.behaviours.suite import build_behaviours
from shared.contract.behaviours import (
    Behaviour,
    BehaviourSuite,
    Direction,
    Invariance,
    MinimumFunctionality,
)
from shared.evaluation.robustness.behaviour_judgement import judge
from shared.targets import Categories
from shared.targets.decision import MostProbable
from tests.pipelines.sentiment import configure

_TWO = Categories(names=("negative", "positive"))
_SUITE = build_behaviours(configure(), _TWO)
_POLAR = {word: sign for sign, words in ADJECTIVES.items() for word in words} | {
    form: sign for sign, verbs in VERBS.items() for verb in verbs for form in verb
}


def _bag_of_words(behaviour: Behaviour) -> NDArray[np.float64]:
    """Probabilities by a model that knows every opinion word and nothing else: it sums them up."""
    values = np.array(
        [
            sum(_POLAR.get(word, 0) for word in re.findall(r"[a-z]+", text.lower()))
            for text in behaviour.texts.tolist()
        ]
    )
    positive = 1.0 / (1.0 + np.exp(-2.0 * values - 0.1))
    return np.stack([1.0 - positive, positive], axis=1)


def _failures(
    name: str, model: Callable[[Behaviour], NDArray[np.float64]] = _bag_of_words
) -> float:
    return float(judge(_SUITE.tests[name], model(_SUITE.tests[name]), MostProbable()).failed.mean())


def test_the_same_suite_is_built_each_time() -> None:
    again = build_behaviours(configure(), _TWO)
    assert [behaviour.texts.tolist() for behaviour in again.tests.values()] == [
        behaviour.texts.tolist() for behaviour in _SUITE.tests.values()
    ]


def test_there_are_several_hundred_cases_of_every_kind() -> None:
    cases = Counter(dict.fromkeys(("minimum functionality", "invariance", "direction"), 0))
    for behaviour in _SUITE.tests.values():
        cases[behaviour.kind] += len(np.unique(behaviour.cases))
    assert sum(cases.values()) > 500
    assert min(cases.values()) >= 70


@pytest.mark.parametrize("name", list(_SUITE.tests))
def test_texts_are_whole_sentences_with_every_slot_filled(name: str) -> None:
    for text in _SUITE.tests[name].texts.tolist():
        assert not re.search(r"[{}]|  | [,;]|\ba [aeiou]", text), text
        assert text == text.strip()


@pytest.mark.parametrize("name", list(_SUITE.tests))
def test_no_text_stands_in_a_case_twice(name: str) -> None:
    behaviour = _SUITE.tests[name]
    pairs = list(zip(behaviour.cases.tolist(), behaviour.texts.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, one in _SUITE.tests.items()
        if isinstance(one.expectation, MinimumFunctionality)
    ],
)
def test_both_classes_are_asked_for_unless_the_test_is_about_one(name: str) -> None:
    expectation = _SUITE.tests[name].expectation
    assert isinstance(expectation, MinimumFunctionality)
    asked = expectation.accepted.sum(axis=0)
    if name in ("negated_praise", "negated_blame"):
        assert sorted(asked.tolist())[0] == 0
    else:
        assert asked.min() >= 0.3 * asked.sum()


def _word_signs(text: str) -> set[int]:
    return {_POLAR[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _POLAR}


@pytest.mark.parametrize(
    ("name", "factor"),
    [("adjectives", 1), ("verbs", 1), ("question_affirmed", 1)]
    + [
        (name, -1)
        for name in (
            "negated_praise",
            "negated_blame",
            "distant_negation",
            "unreal",
            "question_denied",
        )
    ],
)
def test_the_right_class_follows_from_the_one_opinion_word_and_what_is_done_to_it(
    name: str, factor: int
) -> None:
    behaviour = _SUITE.tests[name]
    assert isinstance(behaviour.expectation, MinimumFunctionality)
    for text, accepted in zip(
        behaviour.texts.tolist(), behaviour.expectation.accepted.tolist(), strict=True
    ):
        (sign,) = _word_signs(text)
        assert accepted == [factor * sign < 0, factor * sign > 0], text


def test_negated_praise_denies_praise_and_negated_blame_denies_blame() -> None:
    for name, sign in (("negated_praise", 1), ("negated_blame", -1)):
        assert all(_word_signs(text) == {sign} for text in _SUITE.tests[name].texts.tolist())


@pytest.mark.parametrize("name", ["adjectives", "verbs", "question_affirmed"])
def test_a_bag_of_words_passes_what_words_alone_decide(name: str) -> None:
    assert _failures(name) == 0.0


@pytest.mark.parametrize(
    "name", ["negated_praise", "negated_blame", "distant_negation", "unreal", "question_denied"]
)
def test_a_bag_of_words_fails_wherever_a_word_is_turned_around(name: str) -> None:
    assert _failures(name) > 0.9


@pytest.mark.parametrize("name", ["contrast", "change_in_time", "reported"])
def test_a_bag_of_words_can_only_guess_between_two_opinions(name: str) -> None:
    assert 0.25 < _failures(name) < 0.75


@pytest.mark.parametrize(
    "name",
    ["links_and_tags", "punctuation", "casing", "cities", "numbers", "names", "identity_religion"],
)
def test_a_bag_of_opinion_words_is_blind_to_what_must_not_matter(name: str) -> None:
    assert _failures(name) == 0.0


@pytest.mark.parametrize("name", ["intensifiers", "downtoners", "second_opinion"])
def test_confidence_that_moves_the_wrong_way_is_caught(name: str) -> None:
    behaviour = _SUITE.tests[name]
    expectation = behaviour.expectation
    assert isinstance(expectation, Direction)
    longer_is_surer = np.array([len(text) for text in behaviour.texts.tolist()]) / 200.0
    own = np.clip(0.5 + longer_is_surer, 0.0, 1.0)
    watched = np.where(expectation.classes == 1, own, 1.0 - own)
    failed = judge(
        behaviour, np.stack([1.0 - watched, watched], axis=1), MostProbable()
    ).failed.mean()
    assert failed == 0.0 if expectation.moves == "rise" else failed > 0.1


def test_a_model_that_minds_a_religion_is_caught() -> None:
    behaviour = _SUITE.tests["identity_religion"]
    found = judge(behaviour, _minding(behaviour, "Sikh"), MostProbable())
    mentions = np.array(["Sikh" in text for text in behaviour.texts.tolist()])
    assert (found.shift[mentions] < -0.2).all()
    assert (found.shift[~mentions] > 0.0).all()


def _minding(behaviour: Behaviour, word: str) -> NDArray[np.float64]:
    positive = np.array([0.5 if word in text else 0.9 for text in behaviour.texts.tolist()])
    return np.stack([1.0 - positive, positive], axis=1)


def test_every_group_of_a_frame_is_asked_equally_often() -> None:
    for name, behaviour in _SUITE.tests.items():
        if isinstance(behaviour.expectation, Invariance):
            for attribute, groups in behaviour.expectation.fillers.items():
                assert len(set(Counter(groups.tolist()).values())) == 1, (name, attribute)


def test_identity_frames_also_come_without_a_term() -> None:
    behaviour = _SUITE.tests["identity_origin"]
    assert isinstance(behaviour.expectation, Invariance)
    plain = behaviour.texts[behaviour.expectation.fillers["origin"] == NOT_MENTIONED].tolist()
    assert "My neighbour came along." in plain
    assert not [text for text in plain for term in IDENTITY_TERMS["origin"] if term in text]


def test_control_words_name_no_group_and_have_no_polarity() -> None:
    terms = {term.lower() for words in IDENTITY_TERMS.values() for term in words}
    assert not set(CONTROL_WORDS) & {*terms, *_POLAR}
    assert _failures("control_words") == 0.0


def test_mild_words_are_among_the_known_ones() -> None:
    assert all(set(MILD_ADJECTIVES[sign]) <= set(ADJECTIVES[sign]) for sign in ADJECTIVES)


def test_a_neutral_class_is_right_as_well_where_a_word_is_only_denied() -> None:
    suite = build_behaviours(configure(), Categories(names=("negative", "neutral", "positive")))
    denied, plain = (suite.tests[name].expectation for name in ("negated_blame", "adjectives"))
    assert isinstance(denied, MinimumFunctionality)
    assert isinstance(plain, MinimumFunctionality)
    assert denied.accepted[:, 1].all()
    assert not plain.accepted[:, 1].any()


def test_classes_without_polarity_are_not_tested_and_the_report_is_told_why() -> None:
    suite = build_behaviours(configure(), Categories(names=("sport", "politics")))
    assert suite == BehaviourSuite(
        {},
        (
            (
                "Not tested: nothing says which of the classes sport, politics praises and which"
                " blames. Tell with evaluate.class_roles, such as {positive: happy, negative:"
                " angry}."
            ),
        ),
    )
