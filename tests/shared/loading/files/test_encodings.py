from __future__ import annotations

import pytest

from shared.loading.files.encodings import guess_encoding


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "text,label\ncafé,1\n"),
        ("cp1252", "Ein schöner Film, aber über zwei Stunden zu lang für Kinder"),
        ("cp1252", "it’s “great” – really"),
        ("cp1250", "Świetny film, żałuję że tak późno"),
        ("cp1251", "хороший фильм, очень понравилось"),
        ("cp1253", "πολύ καλή ταινία"),
        ("shift_jis", "とても良い映画でした。"),
        ("gb18030", "这部电影非常好看,我喜欢"),
        ("euc_kr", "정말 좋은 영화입니다"),
        ("utf-16-le", "good film"),
        ("utf-16-be", "good film"),
    ],
)
def test_the_encoding_of_a_short_text_is_guessed(encoding: str, text: str) -> None:
    assert guess_encoding(text.encode(encoding)) == encoding


def test_what_is_no_text_gives_no_guess() -> None:
    assert guess_encoding(bytes(range(128, 256)) * 2) is None
