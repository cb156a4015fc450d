"""The sounds: formant targets of phone-like segments, and the ten words made of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FILLERS", "PHONES", "WORDS", "Phone"]


@dataclass(frozen=True)
class Phone:
    """One steady target; neighbouring targets are joined by gliding.

    Attributes:
        formants_hz: Resonances F1, F2, F3 of a long vocal tract.
        voicing: Amplitude of the glottal pulses, 0 to 1.
        noise: Amplitude of the turbulent noise, 0 to 1.
        noise_hz: Centre of the noise.
        noise_width_hz: Standard deviation of its band.
        seconds: Typical length.
        is_vowel: Accents shift vowels only.
    """

    formants_hz: tuple[float, float, float]
    voicing: float = 0.0
    noise: float = 0.0
    noise_hz: float = 2000.0
    noise_width_hz: float = 600.0
    seconds: float = 0.08
    is_vowel: bool = False


def _vowel(first_hz: float, second_hz: float, third_hz: float, seconds: float) -> Phone:
    return Phone((first_hz, second_hz, third_hz), voicing=1.0, seconds=seconds, is_vowel=True)


# Targets after Klatt (1980), "Software for a cascade/parallel formant synthesizer", JASA 67(3),
# tables II and III, rounded; noise bands are moved below 4 kHz, because clips are sampled at 8 kHz.
PHONES: dict[str, Phone] = {
    "iy": _vowel(310, 2020, 2960, 0.13),
    "ih": _vowel(400, 1800, 2570, 0.08),
    "eh": _vowel(530, 1680, 2500, 0.10),
    "ah": _vowel(620, 1220, 2550, 0.11),
    "ax": _vowel(500, 1400, 2300, 0.07),
    "ao": _vowel(600, 990, 2570, 0.15),
    "uw": _vowel(350, 1250, 2200, 0.15),
    "a_": _vowel(660, 1200, 2550, 0.09),  # first half of ay
    "_y": _vowel(400, 1880, 2500, 0.08),  # second half of ay
    "e_": _vowel(480, 1720, 2520, 0.08),  # first half of ey
    "_i": _vowel(330, 2020, 2600, 0.07),  # second half of ey
    "o_": _vowel(540, 1100, 2300, 0.08),  # first half of ow
    "_w": _vowel(420, 850, 2250, 0.08),  # second half of ow
    "w": Phone((290, 610, 2150), voicing=0.6, seconds=0.07),
    "r": Phone((310, 1060, 1380), voicing=0.6, seconds=0.07),
    "n": Phone((280, 1340, 2470), voicing=0.35, seconds=0.08),
    "v": Phone(
        (220, 1100, 2080), voicing=0.3, noise=0.06, noise_hz=2600, noise_width_hz=900, seconds=0.07
    ),
    "z": Phone(
        (240, 1390, 2530), voicing=0.25, noise=0.25, noise_hz=3600, noise_width_hz=400, seconds=0.09
    ),
    "s": Phone((320, 1390, 2530), noise=0.4, noise_hz=3600, noise_width_hz=400, seconds=0.10),
    "f": Phone((340, 1100, 2080), noise=0.12, noise_hz=2600, noise_width_hz=900, seconds=0.09),
    "th": Phone((320, 1290, 2540), noise=0.10, noise_hz=3200, noise_width_hz=700, seconds=0.08),
    "t": Phone((400, 1600, 2600), noise=0.5, noise_hz=3300, noise_width_hz=600, seconds=0.03),
    "k": Phone((300, 1990, 2850), noise=0.4, noise_hz=1800, noise_width_hz=300, seconds=0.03),
    "-": Phone((350, 1600, 2600), seconds=0.05),  # closure before a stop
}

WORDS: dict[str, tuple[str, ...]] = {
    "zero": ("z", "ih", "r", "o_", "_w"),
    "one": ("w", "ah", "n"),
    "two": ("-", "t", "uw"),
    "three": ("th", "r", "iy"),
    "four": ("f", "ao", "r"),
    "five": ("f", "a_", "_y", "v"),
    "six": ("s", "ih", "-", "k", "s"),
    "seven": ("s", "eh", "v", "ax", "n"),
    "eight": ("e_", "_i", "-", "t"),
    "nine": ("n", "a_", "_y", "n"),
}
"""Word -> phones; the class of a clip."""

FILLERS: tuple[tuple[str, ...], ...] = (
    (),
    ("ax",),
    ("ah",),
    ("ax", "n"),
    ("eh",),
    ("ih", "n"),
    ("ao",),
)
"""What may be said before or after the word, drawn whatever the word: it says nothing about the
class."""
