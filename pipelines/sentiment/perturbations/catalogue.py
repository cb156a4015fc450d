"""Named changes of texts: worse writing, by severity; other people, who should not matter.

And texts that are no English opinions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.perturbations import disturbances, ood
from pipelines.sentiment.perturbations.first_names import swap_first_names
from pipelines.sentiment.reading.identity import swap_identity
from pipelines.sentiment.reading.words import find_words
from shared.contract import Perturbation, Rows
from shared.loading.text_columns import as_column, as_text

__all__ = ["build_perturbations"]

_Disturbance = Callable[[str, float, np.random.Generator], str]
_Swap = Callable[[str, np.random.Generator], str]
_Replacement = Callable[[int, np.random.Generator], str]


_CORRUPTIONS: Mapping[str, tuple[str, Sequence[float], _Disturbance]] = {
    "typos": (
        "A letter dropped, doubled, swapped or replaced by the key beside it in {} of the words"
        " of four letters or more.",
        disturbances.MISTYPED_SHARES,
        disturbances.mistype_words,
    ),
    "shouting": ("{} of the words in capitals.", disturbances.CAPITAL_SHARES, disturbances.shout),
    "no_punctuation": (
        "{} of the punctuation marks left out.",
        disturbances.DROPPED_SHARES,
        disturbances.drop_punctuation,
    ),
    "joined_words": (
        "{} of the gaps between words closed.",
        disturbances.JOINED_SHARES,
        disturbances.join_words,
    ),
    "scanned": (
        "{} of the characters taken for what looks like them in print (rn for m, 0 for o).",
        disturbances.CONFUSED_SHARES,
        disturbances.confuse_letters,
    ),
    "lengthened": (
        "The last vowel of {} of the words drawn out (sooo).",
        disturbances.LENGTHENED_SHARES,
        disturbances.lengthen_vowels,
    ),
    "pictograms": (
        "A pictogram of a thing, without any mood, behind {} of the words.",
        disturbances.PICTOGRAM_SHARES,
        disturbances.add_pictograms,
    ),
}
"""Name -> what happens, to which share at each severity, and how."""


def build_perturbations(config: SentimentConfig) -> Mapping[str, Perturbation]:
    """Corruptions, counterfactuals and out-of-distribution inputs of `text` (batch,)."""
    del config
    corruptions = {name: _corruption(*row) for name, row in _CORRUPTIONS.items()}
    return {**corruptions, **_counterfactuals(), **_ood()}


def _counterfactuals() -> dict[str, Perturbation]:
    return {
        "identity_swap": _counterfactual(
            "Identity terms swapped for their counterparts (she/he, Muslim/Christian, …); texts"
            " without one stay as they are.",
            swap_identity,
        ),
        "name_swap": _counterfactual(
            "First names swapped for others of the same gender from another language; texts without"
            " a known one stay as they are.",
            swap_first_names,
        ),
    }


def _ood() -> dict[str, Perturbation]:
    return {
        "other_language": _replacement(
            "Sentences in German, French, Spanish, Turkish, Polish or Finnish, without an opinion.",
            ood.other_language,
        ),
        "program_code": _replacement("Lines of computer programs.", ood.program_code),
        "random_letters": _replacement("Words of random letters.", ood.random_letters),
        "numbers": _replacement("Numbers and nothing else.", ood.numbers),
    }


def _corruption(describe: str, shares: Sequence[float], change: _Disturbance) -> Perturbation:
    *first, last = (f"{100.0 * share:g}" for share in shares)
    severities = tuple(range(1, len(shares) + 1))

    def at_severity(text: str, severity: int, generator: np.random.Generator) -> str:
        return change(text, shares[severity - 1], generator)

    return Perturbation(
        "corruption",
        describe.format(f"{', '.join(first)} and {last} %"),
        severities,
        _on_texts(at_severity),
    )


def _counterfactual(describe: str, change: _Swap) -> Perturbation:
    return Perturbation(
        "counterfactual",
        describe,
        (1,),
        _on_texts(lambda text, _, generator: change(text, generator)),
    )


def _replacement(describe: str, write: _Replacement) -> Perturbation:
    """A foreign text of about as many words as the row's own."""
    return Perturbation(
        "ood",
        describe,
        (1,),
        _on_texts(lambda text, _, generator: write(len(find_words(text)), generator)),
    )


def _on_texts(
    change: Callable[[str, int, np.random.Generator], str],
) -> Callable[[Rows, int, np.random.Generator], Rows]:
    def apply(rows: Rows, severity: int, generator: np.random.Generator) -> Rows:
        changed = [change(as_text(value), severity, generator) for value in rows["text"]]
        return {"text": as_column(changed, like=rows["text"])}

    return apply
