"""Texts that no model of English opinions should feel sure about.

Other languages, program code, letters at random, numbers.

The sentences are ours; they state facts of everyday life, without an opinion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["numbers", "other_language", "program_code", "random_letters"]

_SENTENCES: tuple[tuple[str, ...], ...] = (
    (
        "Der Bus hält vor dem Rathaus.", "Am Dienstag war der Brief noch nicht da.",
        "Im Keller stehen zwei Fahrräder.",
        "Die Sitzung beginnt um halb neun.", "Das Fenster geht nach Norden.",
    ),
    (
        "Le train part à huit heures du quai numéro trois.",
        "Il y a deux chaises dans la cuisine.", "La clé est sous le paillasson.",
        "Nous avons traversé le pont à pied.", "Le magasin ferme le lundi.",
    ),
    (
        "El mercado abre a las siete.", "Hay una farmacia en la esquina.",
        "El autobús tarda veinte minutos.",
        "La caja está encima de la mesa.", "Mañana vienen los pintores.",
    ),
    (
        "Otobüs saat yedide kalkıyor.", "Anahtar masanın üzerinde duruyor.",
        "Dükkân pazartesi günü kapalı.",
        "Mutfakta iki sandalye var.", "Mektup salı günü geldi.",
    ),
    (
        "Pociąg odjeżdża z trzeciego peronu.", "Klucz leży pod wycieraczką.",
        "W kuchni stoją dwa krzesła.",
        "Sklep jest zamknięty w poniedziałki.", "List przyszedł we wtorek.",
    ),
    (
        "Bussi pysähtyy kaupungintalon edessä.", "Avain on maton alla.",
        "Keittiössä on kaksi tuolia.",
        "Kauppa on maanantaisin kiinni.", "Kirje tuli tiistaina.",
    ),
)  # fmt: skip
"""German, French, Spanish, Turkish, Polish, Finnish."""

_CODE_LINES = (
    "for row in range(len(table)):", "    total += table[row][2]",
    "if (index < 0) { return -1; }", "std::vector<int> sizes(16, 0);",
    "import numpy as np", "x = np.zeros((4, 4))", "SELECT id, name FROM items WHERE id > 40;",
    "const path = args[0] ?? './out';",
    "while (*p) p++;", "print(f'{value:.3f}')", "export PATH=$HOME/bin:$PATH",
    "def read(path): return open(path).read()",
)  # fmt: skip
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

_Draw = Callable[[np.random.Generator], str]


def other_language(num_words: int, generator: np.random.Generator) -> str:
    """Sentences of one language, at least as many words as asked for."""
    sentences = _SENTENCES[int(generator.integers(len(_SENTENCES)))]
    return _until(num_words, lambda draws: _pick(sentences, draws), generator)


def program_code(num_words: int, generator: np.random.Generator) -> str:
    """Lines of several programming languages."""
    return _until(num_words, lambda draws: _pick(_CODE_LINES, draws), generator)


def random_letters(num_words: int, generator: np.random.Generator) -> str:
    """Words of two to nine letters, all equally likely."""
    return _until(
        num_words,
        lambda draws: "".join(_pick(_LETTERS, draws) for _ in range(int(draws.integers(2, 10)))),
        generator,
    )


def numbers(num_words: int, generator: np.random.Generator) -> str:
    """Numbers of one to six digits."""
    return _until(
        num_words,
        lambda draws: str(int(draws.integers(10 ** int(draws.integers(1, 7))))),
        generator,
    )


def _until(num_words: int, draw: _Draw, generator: np.random.Generator) -> str:
    pieces = [draw(generator)]
    while sum(len(piece.split()) for piece in pieces) < num_words:
        pieces.append(draw(generator))
    return " ".join(pieces)


def _pick(options: Sequence[str], generator: np.random.Generator) -> str:
    return options[int(generator.integers(len(options)))]
