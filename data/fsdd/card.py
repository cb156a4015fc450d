"""What is officially known about the Free Spoken Digit Dataset."""

from __future__ import annotations

from shared.loading.public.card import Card, ClassCounts, Count, Figure, FileChecksum, Form

__all__ = ["ARCHIVE", "DIGITS", "RELEASE", "card"]

RELEASE = "1.0.10"
ARCHIVE = f"free-spoken-digit-dataset-{RELEASE}.zip"
DIGITS = tuple("0123456789")

_README = f"README of release v{RELEASE}"


_FIGURES: tuple[Figure, ...] = (
    Count(3000, f"{_README}, 'Current status'"),
    Count(6, f"{_README}, 'Current status'", of="speaker", noun="speakers"),
    ClassCounts(dict.fromkeys(DIGITS, 300), f"{_README}: 50 of each digit per speaker"),
    Count(300, f"{_README}, 'Usage': recordings 0-4 are the test", split="test"),
    Form("8000 Hz", f"{_README}: wav files at 8 kHz"),
    FileChecksum(
        ARCHIVE,
        "c680098f5d2355ba7cc4bd8b0ca9e0a24c00ebe3b4c552208889a4d28d4fbc2b",
        "a record of the release",
        "sha256",
    ),
)


def card(config: str = "") -> Card:
    """The official facts; `config` is "" (there is one form only)."""
    return Card(
        title="Free Spoken Digit Dataset",
        version=RELEASE,
        licence="CC-BY-SA-4.0",
        citation=(
            "Jackson et al., Free Spoken Digit Dataset,"
            " https://github.com/Jakobovski/free-spoken-digit-dataset"
        ),
        examples_are="recordings",
        figures=_FIGURES,
        notes=(
            (
                "Its own parts (data.split=given): recordings 0-4 are the official test; that 5-9"
                " serve as validation is our choice."
            ),
        ),
    )
