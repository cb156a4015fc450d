"""Changes of texts that should not change what is decided: typing errors, shouting, no punctuation, another group of people."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.identity import swap_identity
from pipelines.sentiment.words import as_column, as_text
from shared.contract import Probe, Rows

__all__ = ["build_probes"]

_SHARE_OF_WORDS = {1: 0.05, 2: 0.15, 3: 0.3}
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_WORD = re.compile(r"\S+")
# Apostrophes inside words are spelling, not punctuation.
_PUNCTUATION = re.compile(r"(?<!\w)[^\w\s]+|[^\w\s]+(?!\w)|[^\w\s'’]+")


def build_probes(config: SentimentConfig) -> Mapping[str, Probe]:
    """The named changes; `severity` is the share of words where it applies."""
    del config
    shares = ", ".join(f"{share:.0%}" for share in _SHARE_OF_WORDS.values())
    severities = tuple(_SHARE_OF_WORDS)
    return {
        "typos": Probe(
            "corruption",
            f"A letter dropped, doubled or swapped in {shares} of the words of four letters or more.",
            severities,
            _on_texts(_add_typos),
        ),
        "shouting": Probe("corruption", f"{shares} of the words in capitals.", severities, _on_texts(_shout)),
        "no_punctuation": Probe("corruption", "All punctuation marks left out.", (1,), _on_texts(_drop_punctuation)),
        "identity_swap": Probe(
            "counterfactual",
            "Identity terms swapped for their counterparts (she/he, Muslim/Christian, …); texts without one stay as they are.",
            (1,),
            _on_texts(lambda text, _, generator: swap_identity(text, generator)),
        ),
    }


def _on_texts(change: Callable[[str, int, np.random.Generator], str]) -> Callable[[Rows, int, np.random.Generator], Rows]:
    def apply(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
        changed = [change(as_text(value), severity, generator) for value in rows["text"]]
        return {"text": as_column(changed, like=rows["text"])}

    return apply


def _add_typos(text: str, severity: int, generator: np.random.Generator) -> str:
    share = _SHARE_OF_WORDS[severity]
    return _LONG_WORD.sub(lambda match: _misspell(match.group(), generator) if generator.random() < share else match.group(), text)


def _misspell(word: str, generator: np.random.Generator) -> str:
    place = int(generator.integers(1, len(word) - 1))  # the first letter is rarely wrong
    match int(generator.integers(3)):
        case 0:
            return word[:place] + word[place + 1 :]
        case 1:
            return word[:place] + word[place] + word[place:]
        case _:
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _shout(text: str, severity: int, generator: np.random.Generator) -> str:
    share = _SHARE_OF_WORDS[severity]
    return _WORD.sub(lambda match: match.group().upper() if generator.random() < share else match.group(), text)


def _drop_punctuation(text: str, severity: int, generator: np.random.Generator) -> str:
    del severity, generator
    return _PUNCTUATION.sub("", text)
