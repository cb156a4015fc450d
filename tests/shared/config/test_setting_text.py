"""What a message advises is what a shell and `--set` read."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config.setting_text import read_setting, set_option, write_setting
from shared.errors import ConfigError

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_values = st.one_of(
    _texts,
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(_texts, max_size=3),
    st.dictionaries(_texts, _texts, max_size=3),
)


@given(value=_values)
def test_every_value_is_read_back_as_it_was_written(value: Any) -> None:
    found = read_setting("data.x", write_setting(value))

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("%Y", "%Y"),
        ("'%Y'", "%Y"),
        (" %d/%m/%Y %H:%M ", "%d/%m/%Y %H:%M"),
        ("%", "%"),
        ("@site", "@site"),
        ("`x`", "`x`"),
        ("3", 3),
        ("'3'", "3"),
        ("1e-3", 0.001),
        ("True", True),
        ("{no: Nein, yes: Ja}", {"no": "Nein", "yes": "Ja"}),
        ("[on, off]", ["on", "off"]),
        ("[a, b]", ["a", "b"]),
    ],
)
def test_what_no_yaml_value_begins_with_is_text(text: str, value: Any) -> None:
    assert read_setting("data.x", text) == value


@pytest.mark.parametrize("text", ["[a", "*", "{a: b", "a: b: c", "2024-13-01"])
def test_what_is_no_yaml_is_refused_with_quotes_that_help(text: str) -> None:
    with pytest.raises(ConfigError, match="not valid YAML") as caught:
        read_setting("data.x", text)

    assert set_option("data.x", text) in str(caught.value)
    assert read_setting("data.x", write_setting(text)) == text


@pytest.mark.parametrize(
    "value",
    ["%Y", "a b", "it's", '"', "$HOME", "`ls`", "!!", "007", "~", "*", ["x y", "[z]"], {"a": "ü#"}],
)
def test_a_shell_passes_on_what_a_message_advises(value: Any) -> None:
    script = f"printf '%s\\0' {set_option('data.x', value)}"

    printed = subprocess.run(
        ["/usr/bin/env", "bash", "-c", script], capture_output=True, text=True, check=True
    )

    option, assignment = printed.stdout.split("\0")[:2]
    assert option == "--set"
    assert read_setting("data.x", assignment.removeprefix("data.x=")) == value
