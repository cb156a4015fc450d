from __future__ import annotations

import pytest

from pipelines.sentiment.behaviours.polarity import find_polarity
from shared.errors import ConfigError


@pytest.mark.parametrize(
    ("names", "signs"),
    [
        (("negative", "positive"), [-1, 1]),
        (("POS", "neutral", "NEG"), [1, 0, -1]),
        (("very negative", "negative", "neutral", "positive", "very positive"), [-1, -1, 0, 1, 1]),
        (("0", "1"), [-1, 1]),
        (("1", "2", "3", "4", "5"), [-1, -1, 0, 1, 1]),
    ],
)
def test_polarities_are_read_from_the_names(names: tuple[str, ...], signs: list[int]) -> None:
    found = find_polarity(names, {})
    assert found is not None
    assert found.signs.tolist() == signs


@pytest.mark.parametrize(
    "names",
    [
        ("sport", "politics"),
        ("negative", "rather bad"),
        ("positive", "negative", "spam"),
        ("2", "1"),
        (),
    ],
)
def test_names_that_tell_no_polarity_give_none(names: tuple[str, ...]) -> None:
    assert find_polarity(names, {}) is None


def test_numbers_are_said_to_be_read_as_ratings() -> None:
    found = find_polarity(("1", "2", "3"), {})
    assert found is not None
    assert found.note.startswith("Classes are numbers and were read as ratings: more is better.")


def test_roles_win_over_names_and_leave_other_classes_neutral() -> None:
    found = find_polarity(("angry", "calm", "happy"), {"positive": "calm", "negative": "angry"})
    assert found is not None
    assert found.signs.tolist() == [-1, 1, 0]


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        (
            {"good": "happy", "negative": "angry"},
            "expected the roles negative, neutral, positive, received 'good'",
        ),
        (
            {"positive": "glad", "negative": "angry"},
            "positive is 'glad', but the classes are 'angry', 'happy'",
        ),
        ({"positive": "happy"}, "needs both negative and positive; negative is missing"),
    ],
)
def test_wrong_roles_are_refused_with_what_there_is(roles: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        find_polarity(("angry", "happy"), roles)


def test_the_poles_are_the_outermost_classes() -> None:
    found = find_polarity(("1", "2", "3", "4", "5"), {})
    assert found is not None
    assert (found.pole(-1), found.pole(1)) == (0, 4)


def test_a_neutral_class_is_accepted_only_where_it_may_be() -> None:
    found = find_polarity(("negative", "neutral", "positive"), {})
    assert found is not None
    assert found.accepted(1, or_neutral=False).tolist() == [False, False, True]
    assert found.accepted(1, or_neutral=True).tolist() == [False, True, True]
