"""What happens to files: cut off, bits flipped, sizes that lie, pieces lost or doubled, and the odd corners of Unicode."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

__all__ = ["damaged_bytes", "damaged_text", "damaged_tree"]

_LIES = (
    *(
        b"\x00\x00\x00\x00",
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff",
        b"\xff\xff\xff\x7f",
        b"\x80\x00\x00\x00",
        b"\x00\x00\x00\x80",
    ),
    *(
        b"\x00\x00",
        b"\xff\xff",
        b"\x7f\xff",
        b"\xff\x7f",
        b"\x00\x01\x00\x00",
        b"\x10\x27\x00\x00",
        b"\x00\x00\x27\x10",
    ),
)
"""Sizes, counts and offsets of 16 and 32 bits, in both byte orders, that no honest header holds."""

_ODD_TEXTS = (
    *(
        '"',
        '""',
        '"\n',
        ",",
        ";",
        "\t",
        "|",
        "\r",
        "\n",
        "\r\n",
        "\\",
        "'",
        "\0",
        "\x1a",
        "\ufeff",
        "\ufffe",
    ),
    *(
        "\u202eabc",
        "مرحبا",
        "שלום",
        "e\u0301\u0301\u0301",
        "\u200b",
        "\u200d",
        "👩\u200d👩\u200d👧",
        "🇩🇪",
        "\u2028",
        "\x85",
        "ﷺ",
        "𝔘",
        "İ",
    ),
    *(
        "NaN",
        "nan",
        "inf",
        "-inf",
        "1e999",
        "1_000",
        "٣",
        "0x10",
        "1,5",
        "007",
        "-0",
        "9" * 400,
        "1e-400",
        "=1+1",
        "NULL",
        "None",
    ),
    *(
        "2024-02-30",
        "24:00",
        "9999-12-31T23:59:59",
        "0000-00-00",
        "2024-03-31 02:30:00",
        "1970-01-01T00:00:00+99:00",
        "262144-01-01",
    ),
    *(
        "{",
        "}",
        "[",
        "]",
        ":",
        '{"a":',
        '"\\ud800"',
        "&a",
        "*a",
        "!!python/object:os.system",
        "<<",
        "? ",
        "- ",
        "%",
        "../../x",
        "x" * 5000,
    ),
)
_ODD_BYTES = (
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xc0\x80",
    b"\xf4\x90\x80\x80",
    b"\x80",
    b"\xe9",
    b"\x1f\x8b\x08",
)

Change = Callable[[bytes], bytes]


def damaged_bytes(seeds: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """One of the seeds after one to four accidents.

    Sometimes none, so that what is accepted is fuzzed too.
    """
    return st.builds(_apply, st.sampled_from(seeds), st.lists(_changes(seeds), max_size=4))


def damaged_text(seeds: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Likewise, with text put in and exchanged, and bytes that are none."""
    odd = st.one_of(
        st.sampled_from(_ODD_TEXTS).map(lambda text: text.encode()),
        st.sampled_from(_ODD_BYTES),
        st.text(max_size=8).map(_encode),
    )
    changes = st.one_of(
        st.builds(_insert, _places(), odd), st.builds(_overwrite, _places(), odd), _changes(seeds)
    )
    return st.builds(_apply, st.sampled_from(seeds), st.lists(changes, max_size=4))


def damaged_tree(tree: Any) -> st.SearchStrategy[Any]:
    """Plain data (of JSON or YAML) in which one or two values are exchanged for others of any type, or lost."""
    values: st.SearchStrategy[Any] = st.one_of(
        st.sampled_from(
            [
                None,
                True,
                0,
                -1,
                2**70,
                1e308,
                "",
                "x",
                "../x",
                [],
                {},
                [[]],
                {"x": {}},
                "\u202e",
                ["a", 1, None],
            ]
        ),
        st.integers(),
        st.floats(allow_nan=True),
        st.text(max_size=5),
    )
    changes = st.tuples(
        st.lists(st.integers(0, 30), max_size=6), st.sampled_from(["replace", "delete"]), values
    )
    return st.lists(changes, min_size=1, max_size=2).map(lambda listed: _change_tree(tree, listed))


def _apply(content: bytes, changes: list[Change]) -> bytes:
    for change in changes:
        content = change(content)
    return content


def _places() -> st.SearchStrategy[int]:
    return st.one_of(
        st.integers(0, 160), st.integers(0, 2**16)
    )  # headers stand first, and decide most


def _changes(seeds: tuple[bytes, ...]) -> st.SearchStrategy[Change]:
    sizes = st.integers(1, 400)
    return st.one_of(
        st.builds(_truncate, _places()),
        st.builds(_flip, _places(), st.integers(1, 255)),
        st.builds(_overwrite, _places(), st.sampled_from(_LIES)),
        st.builds(_overwrite, _places(), st.binary(min_size=1, max_size=8)),
        st.builds(_insert, _places(), st.binary(max_size=20)),
        st.builds(_lose, _places(), sizes),
        st.builds(_double, _places(), sizes),
        st.builds(_splice, _places(), st.sampled_from(seeds)),
    )


def _encode(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")


def _truncate(place: int) -> Change:
    return lambda content: content[: place % (len(content) + 1)]


def _flip(place: int, mask: int) -> Change:
    def change(content: bytes) -> bytes:
        at = place % max(1, len(content))
        return (
            content[:at] + bytes(byte ^ mask for byte in content[at : at + 1]) + content[at + 1 :]
        )

    return change


def _overwrite(place: int, value: bytes) -> Change:
    def change(content: bytes) -> bytes:
        at = place % (len(content) + 1)
        return content[:at] + value + content[at + len(value) :]

    return change


def _insert(place: int, value: bytes) -> Change:
    def change(content: bytes) -> bytes:
        at = place % (len(content) + 1)
        return content[:at] + value + content[at:]

    return change


def _lose(place: int, size: int) -> Change:
    def change(content: bytes) -> bytes:
        at = place % (len(content) + 1)
        return content[:at] + content[at + size :]

    return change


def _double(place: int, size: int) -> Change:
    def change(content: bytes) -> bytes:
        at = place % (len(content) + 1)
        return content[: at + size] + content[at:]

    return change


def _splice(place: int, other: bytes) -> Change:
    def change(content: bytes) -> bytes:
        return content[: place % (len(content) + 1)] + other[place % (len(other) + 1) :]

    return change


def _change_tree(tree: Any, changes: list[tuple[list[int], str, Any]]) -> Any:
    changed = copy.deepcopy(tree)
    for steps, kind, value in changes:
        node: Any = changed
        parent: Any = None
        key: Any = None
        for step in steps:
            if not isinstance(node, dict | list) or not node:
                break
            parent, key = (
                node,
                (
                    sorted(node, key=str)[step % len(node)]
                    if isinstance(node, dict)
                    else step % len(node)
                ),
            )
            node = parent[key]
        if parent is None:
            continue
        if kind == "delete":
            del parent[key]
        else:
            parent[key] = copy.deepcopy(value)  # else a list could come to hold itself
    return changed
