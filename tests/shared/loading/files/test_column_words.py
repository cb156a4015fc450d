from __future__ import annotations

import pytest

from shared.loading.files.column_words import is_called


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Zeitpunkt", "time"),
        ("Mess_Datum", "time"),
        ("mesure (date)", "time"),
        ("Дата", "time"),
        ("Quantité", "value"),
        ("fileName", "image"),
        ("Étiquette", "label"),
        ("Мітка", "label"),
        ("BEWERTUNGSTEXT", "text"),
        ("评论", "text"),
    ],
)
def test_names_are_understood_in_several_languages(name: str, kind: str) -> None:
    assert is_called(name, kind)


@pytest.mark.parametrize(
    ("name", "kind"), [("context", "text"), ("profile", "file"), ("age", "entity"), ("x", "id")]
)
def test_a_short_word_within_another_is_not_meant(name: str, kind: str) -> None:
    assert not is_called(name, kind)
