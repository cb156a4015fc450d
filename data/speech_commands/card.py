"""What is officially known about Speech Commands v0.02."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.loading.public.card import Card, ClassCounts, Count, Figure, FileChecksum, Form

__all__ = ["ARCHIVE", "WORDS", "card"]

ARCHIVE = "speech_commands_v0.02.tar.gz"
_COUNTS: Mapping[str, int] = MappingProxyType(
    {
        "backward": 1664,
        "bed": 2014,
        "bird": 2064,
        "cat": 2031,
        "dog": 2128,
        "down": 3917,
        "eight": 3787,
        "five": 4052,
        "follow": 1579,
        "forward": 1557,
        "four": 3728,
        "go": 3880,
        "happy": 2054,
        "house": 2113,
        "learn": 1575,
        "left": 3801,
        "marvin": 2100,
        "nine": 3934,
        "no": 3941,
        "off": 3745,
        "on": 3845,
        "one": 3890,
        "right": 3778,
        "seven": 3998,
        "sheila": 2022,
        "six": 3860,
        "stop": 3872,
        "three": 3727,
        "tree": 1759,
        "two": 3880,
        "up": 3723,
        "visual": 1592,
        "wow": 2123,
        "yes": 4044,
        "zero": 4052,
    }
)
WORDS = tuple(_COUNTS)
"""The words, sorted."""

_PAPER = "Warden 2018"
_LISTS = "validation_list.txt and testing_list.txt of the archive"


_FIGURES: tuple[Figure, ...] = (
    Count(105_829, f"{_PAPER}, section 6"),
    Count(2618, f"{_PAPER}, section 6", of="speaker", noun="speakers"),
    ClassCounts(_COUNTS, f"{_PAPER}, table of utterances of each word"),
    Count(84_843, _LISTS, split="train"),
    Count(9981, _LISTS, split="val"),
    Count(11_005, _LISTS, split="test"),
    Form("16000 Hz", f"{_PAPER}, section 6"),
    FileChecksum(
        ARCHIVE,
        "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
        "TensorFlow Datasets, speech_commands/checksums.tsv",
        "sha256",
    ),
)


def card(config: str = "") -> Card:
    """The official facts; `config` is "" (there is one form only)."""
    return Card(
        title="Speech Commands v0.02",
        version="0.02",
        licence="CC-BY-4.0",
        citation=(
            "Warden (2018): Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition."
            " arXiv:1804.03209."
        ),
        examples_are="recordings",
        figures=_FIGURES,
        notes=(
            (
                "Its own parts (data.split=given) are the official ones, which share no speaker."
                " Background noise is left out: it is no word."
            ),
        ),
    )
