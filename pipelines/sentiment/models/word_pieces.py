"""WordPiece tokenisation with stock TensorFlow operations only, so that any TF Serving runs it.

As BERT does it (Devlin et al. 2019; `BasicTokenizer` and `WordpieceTokenizer` of its code): a text
is cleaned and split at blanks and punctuation, and each word is cut into the longest pieces that
the vocabulary has, from its start. Names of special pieces in a text are text.

No function here looks at more than one text at a time: a text's pieces never depend on its batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from pipelines.sentiment.models.unicode_form import decompose

__all__ = ["WordPieces"]

_MOST_CHARACTERS = 100
"""Of a word; a longer one is unknown (`max_input_chars_per_word`)."""

_PUNCTUATION = r"[!-/:-@\[-`{-~\pP]"
"""ASCII marks that are no letter, digit or blank, and what Unicode calls punctuation."""

_IDEOGRAPHS = (
    r"[\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{20000}-\x{2A6DF}\x{2A700}-\x{2B73F}"
    r"\x{2B740}-\x{2B81F}\x{2B820}-\x{2CEAF}\x{F900}-\x{FAFF}\x{2F800}-\x{2FA1F}]"
)
"""What BERT's code calls a Chinese character."""

_UNLISTED = 1
"""How many numbers the lookup gives to what the vocabulary lacks, before the first piece."""


class _Words(NamedTuple):
    """Characters of many words, one behind the other.

    Attributes:
        characters: (n,) string.
        ends: (n,) int64: where the word of each character ends.
        starts: (words,) int64.
        sizes: (words,) int64: in characters.
    """

    characters: Any
    ends: Any
    starts: Any
    sizes: Any


@keras.saving.register_keras_serializable(package="plumbline")
class WordPieces(keras.layers.Layer):
    """Texts (batch,) string -> ids of their pieces (batch, max_pieces) int32.

    `[CLS]`, the pieces, `[SEP]`, then `[PAD]`; of a longer text the end is cut off.

    Args:
        pieces: The vocabulary, in the order of its ids.
        max_pieces: Length of a row, special pieces included.
        lower: Read letters in lower case.
        strip_accents: Drop marks above and below letters.
        space_ideographs: Take each Chinese character as a word.
    """

    def __init__(
        self,
        pieces: Sequence[str],
        max_pieces: int,
        *,
        lower: bool,
        strip_accents: bool,
        space_ideographs: bool,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.pieces = list(pieces)
        self.max_pieces = max_pieces
        self.lower = lower
        self.strip_accents = strip_accents
        self.space_ideographs = space_ideographs
        self._ids = {piece: index for index, piece in enumerate(self.pieces)}
        self._longest = max(len(piece.removeprefix("##")) for piece in self.pieces)
        self.lookup = keras.layers.StringLookup(
            vocabulary=self.pieces, mask_token=None, num_oov_indices=_UNLISTED
        )

    def build(self, input_shape: Any) -> None:
        """Nothing to build but the lookup, which has its pieces already."""
        self.lookup.build(input_shape)
        super().build(input_shape)

    def call(self, texts: Any) -> Any:
        """Split, look up, frame and pad."""
        ids = self._pieces(tf.strings.split(self._spaced(texts)))[:, : self.max_pieces - 2]
        num_texts = ids.nrows()
        first = tf.fill((num_texts, 1), self._ids["[CLS]"])
        last = tf.fill((num_texts, 1), self._ids["[SEP]"])
        framed = tf.concat([first, ids, last], axis=1)
        return framed.to_tensor(self._ids["[PAD]"], shape=(None, self.max_pieces))

    def _spaced(self, texts: Any) -> Any:
        """Texts with blanks around each word and mark."""
        clean = _clean(texts)
        if self.space_ideographs:
            clean = tf.strings.regex_replace(clean, _IDEOGRAPHS, r" \0 ")
        if self.strip_accents:
            clean = _without_accents(clean)
        if self.lower:
            # By itself, a letter does not know that it is a word's last.
            clean = tf.strings.regex_replace(clean, "Σ", "σ")
            clean = tf.strings.lower(clean, encoding="utf-8")
        return tf.strings.regex_replace(clean, _PUNCTUATION, r" \0 ")

    def _pieces(self, words: Any) -> Any:
        """Ragged (batch, words) string -> ragged (batch, pieces) int32."""
        laid = _lay_out(words.flat_values)
        ids, lengths = self._longest_pieces(laid)
        begins, is_cut = _walk(laid, lengths)
        is_known = is_cut & (laid.sizes <= _MOST_CHARACTERS)
        counted = tf.RaggedTensor.from_row_lengths(begins, laid.sizes, validate=False)
        begins_if_unknown = tf.RaggedTensor.from_row_lengths(
            _marked(laid.starts, tf.size(begins)), laid.sizes, validate=False
        )
        known = tf.repeat(is_known, laid.sizes)
        begins = tf.where(known, counted.flat_values, begins_if_unknown.flat_values)
        ids = tf.where(known, ids, self._ids["[UNK]"])
        of_words = counted.with_values(begins)
        sizes = tf.reduce_sum(tf.cast(of_words, tf.int64), axis=1)  # pieces of each word
        of_texts = tf.reduce_sum(words.with_values(sizes), axis=1)
        return tf.RaggedTensor.from_row_lengths(
            tf.boolean_mask(ids, begins), of_texts, validate=False
        )

    def _longest_pieces(self, laid: _Words) -> tuple[Any, Any]:
        """Of each character (n,): the longest piece that begins there, and its length; else 0."""
        num_characters = tf.size(laid.characters, out_type=tf.int64)
        places = tf.range(num_characters)
        is_start = _marked(laid.starts, tf.size(laid.characters))
        prefixes = tf.where(is_start, "", "##")

        def longer(size: Any, runs: Any, ids: Any, lengths: Any) -> tuple[Any, Any, Any, Any]:
            ends = places + size
            following = tf.gather(laid.characters, tf.minimum(ends, num_characters) - 1)
            runs = tf.strings.join([runs, following])
            found = tf.cast(self.lookup(tf.strings.join([prefixes, runs])), tf.int32) - _UNLISTED
            is_piece = (found >= 0) & (ends <= laid.ends)
            ids = tf.where(is_piece, found, ids)
            return size + 1, runs, ids, tf.where(is_piece, size, lengths)

        # No piece is longer than the longest word.
        most = tf.minimum(tf.reduce_max(tf.concat([laid.sizes, [0]], axis=0)), self._longest)
        none = tf.zeros_like(places)
        _, _, ids, lengths = tf.while_loop(
            lambda size, *_: size <= most,
            longer,
            (
                tf.constant(1, tf.int64),
                tf.fill(tf.shape(places), ""),
                tf.cast(none, tf.int32),
                none,
            ),
        )
        return ids, lengths

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        names = ("pieces", "max_pieces", "lower", "strip_accents", "space_ideographs")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _clean(texts: Any) -> Any:
    """Without bytes that are not UTF-8 and without control characters; blanks are spaces."""
    clean = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")
    clean = tf.strings.regex_replace(clean, r"[\t\n\r\pZ]", " ")
    return tf.strings.regex_replace(clean, r"[\pC\x{FFFD}]", "")


# One graph for all callers: to trace it again for each layer costs more than all the rest.
@tf.function(input_signature=(tf.TensorSpec((None,), tf.string),), autograph=False)
def _without_accents(texts: Any) -> Any:
    return tf.strings.regex_replace(decompose(texts), r"\p{Mn}", "")


def _lay_out(words: Any) -> _Words:
    characters = tf.strings.unicode_split(words, "UTF-8")
    sizes = characters.row_lengths()
    ends = tf.cumsum(sizes)
    return _Words(
        characters=characters.flat_values,
        ends=tf.repeat(ends, sizes),
        starts=ends - sizes,
        sizes=sizes,
    )


def _walk(laid: _Words, lengths: Any) -> tuple[Any, Any]:
    """From piece to piece through all words at once.

    Returns:
        Whether a piece begins at each character (n,), and whether each word is cut to its end.
    """
    ends = laid.starts + laid.sizes
    num_characters = tf.size(lengths)

    def goes_on(places: Any, begins: Any, moves: Any) -> Any:
        del places, begins
        return tf.reduce_any(moves)

    def step(places: Any, begins: Any, moves: Any) -> tuple[Any, Any, Any]:
        begins = begins | _marked(tf.boolean_mask(places, moves), num_characters)
        by = tf.gather(lengths, tf.where(moves, places, 0))
        places = places + tf.where(moves, by, 0)
        return places, begins, moves & (by > 0) & (places < ends)

    moves = laid.starts < ends
    begins = tf.zeros(tf.shape(lengths), tf.bool)
    places, begins, _ = tf.while_loop(goes_on, step, (laid.starts, begins, moves))
    return begins, places == ends


def _marked(places: Any, size: Any) -> Any:
    """(size,) bool: True at the places."""
    counts = tf.math.bincount(tf.cast(places, tf.int32), minlength=size, maxlength=size)
    return counts > 0
