from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from shared.contract import Examples
from shared.datasheet import contents as contents_module
from shared.datasheet.contents import Contents, read_contents
from shared.datasheet.near_duplicates import are_copies, find_near_pairs
from shared.errors import ContractError
from tests.shared.datasheet.invented import (
    Part,
    encode_image,
    encode_sound,
    kind_of,
    make_image,
    make_sound,
    make_splits,
)

SENTENCE = (
    "the plot is thin but the two leads are a delight from the first scene to the very last one"
)


def near(contents: Sequence[Any]) -> list[list[int]]:
    return [[int(row) for row in pair] for pair in find_near_pairs(read(contents))]


def examples(contents: Sequence[Any]) -> Examples:
    part = Part(contents, [0] * len(contents))
    return make_splits(part, part, part).train


def read(contents: Sequence[Any]) -> Contents:
    return read_contents({"train": examples(contents)}, kind_of(contents[0]))


def test_a_recompressed_smaller_brighter_image_is_found() -> None:
    image = make_image(0)
    brighter = np.clip(image[::2, ::2].astype(int) + 12, 0, 255).astype(np.uint8)
    others = [encode_image(make_image(seed)) for seed in range(2, 40)]
    assert near(
        [encode_image(image), *others, encode_image(brighter, format_name="JPEG", quality=60)]
    ) == [[0, 39]]


def test_different_images_in_the_same_dark_frame_are_told_apart() -> None:
    framed = []
    for seed in range(30):
        image = np.full((96, 96, 3), 190, np.uint8)
        image[24:72, 24:72] = make_image(seed)[24:72, 24:72]
        rows, columns = np.mgrid[-48:48, -48:48]
        image[rows**2 + columns**2 > 46**2] = 0
        framed.append(encode_image(image))
    assert near(framed) == []


def test_flat_images_are_not_compared_but_counted() -> None:
    flat = [encode_image(np.full((32, 32, 3), level, np.uint8)) for level in (10, 20, 30)]
    found = read([*flat, encode_image(make_image(0))])
    assert found.num_featureless == 3
    assert find_near_pairs(found).tolist() == []


def test_a_quieter_padded_noisy_recording_is_found() -> None:
    sound = make_sound(0)
    noise = np.random.default_rng(1).normal(size=4600) * sound.std() * 0.003
    copy = 0.4 * np.pad(sound, (200, 400)) + noise
    assert near(
        [
            encode_sound(sound),
            *(encode_sound(make_sound(seed)) for seed in range(2, 30)),
            encode_sound(copy),
        ]
    ) == [[0, 29]]


@pytest.mark.parametrize(
    "change",
    [
        lambda sound: -0.3 * sound,
        lambda sound: sound[600:],
        lambda sound: sound[:-600],
        lambda sound: np.pad(sound, (2400, 0)),
        lambda sound: np.round(sound * 100.0) / 100.0,
    ],
    ids=["inverted", "cut before", "cut behind", "silence before", "coarse steps"],
)
def test_a_copy_that_sounds_the_same_is_a_copy(change: Callable[[Any], Any]) -> None:
    others = [encode_sound(make_sound(seed)) for seed in range(2, 30)]
    found = [encode_sound(make_sound(0)), *others, encode_sound(change(make_sound(0)))]
    assert near(found) == [[0, 29]]
    assert copies(found) == [True]


@pytest.mark.parametrize(("form", "subtype"), [("MP3", None), ("OGG", "VORBIS"), ("WAV", "ALAW")])
def test_a_recording_that_was_encoded_again_is_a_copy(form: str, subtype: str | None) -> None:
    stream = io.BytesIO()
    soundfile.write(stream, make_sound(0), 8000, format=form, subtype=subtype)
    stream.seek(0)
    decoded, _ = soundfile.read(stream)
    assert copies([encode_sound(make_sound(0)), encode_sound(decoded)]) == [True]


def test_the_same_recording_at_another_rate_is_a_copy() -> None:
    faster = soxr.resample(make_sound(0), 8000, 44_100)
    assert copies([encode_sound(make_sound(0)), encode_sound(faster, 44_100)]) == [True]


def test_the_same_word_said_again_is_no_copy() -> None:
    # The same glides, each a little later or earlier than before.
    again = make_sound(0)
    shifted = np.concatenate([again[:2000], np.zeros(90), 0.9 * again[2000:]])
    wobbled = np.interp(
        np.arange(4000) + 9.0 * np.sin(np.arange(4000) / 300.0), np.arange(4090), shifted
    )
    assert near([encode_sound(again), encode_sound(wobbled)]) == []


def test_sweeps_of_nearly_one_pitch_are_near_but_no_copies() -> None:
    times = np.arange(4000) / 8000.0
    fade = np.hanning(4000)
    noise = np.random.default_rng(0).normal(size=(2, 4000))
    sweeps = [
        0.3 * fade * np.sin(2.0 * np.pi * scale * (1800.0 * times - 1400.0 * times**2))
        for scale in (1.0, 1.0007)
    ]
    found = [encode_sound(sweep + 0.003 * hiss) for sweep, hiss in zip(sweeps, noise, strict=True)]
    assert near(found) == [[0, 1]]
    assert copies(found) == [False]


def test_a_text_with_one_word_changed_is_found_and_case_does_not_count() -> None:
    changed = SENTENCE.replace("very last", "very final").upper()
    others = [
        f"film number {number} is about {number * 7} other things entirely and nothing else"
        for number in range(30)
    ]
    assert near([SENTENCE, *others, changed]) == [[0, 31]]


def test_texts_that_share_only_a_phrase_are_told_apart() -> None:
    assert (
        near(
            [
                SENTENCE,
                (
                    "the plot is thin and so is everything else in this dull and endless parade of"
                    " scenes"
                ),
            ]
        )
        == []
    )


def test_many_texts_of_one_template_cost_a_bounded_number_of_pairs() -> None:
    texts = [f"{SENTENCE} {SENTENCE} number {number}" for number in range(400)]
    pairs = near(texts)
    assert 399 <= len(pairs) <= 400 * 20 * 32


def test_equal_rows_are_left_to_the_search_for_equal_rows() -> None:
    assert near([SENTENCE, SENTENCE]) == []


def test_of_many_images_a_sample_is_compared_of_all_else_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contents_module, "MOST_IMAGES", 10)
    images = read([encode_image(make_image(seed)) for seed in range(20)])
    assert (len(images.fingerprinted), len(images.digests)) == (10, 20)
    assert len(read([f"text number {number}" for number in range(50)]).fingerprinted) == 50


def of_wire(**wire: NDArray[Any]) -> Examples:
    """Examples of a pipeline whose wire holds these arrays."""
    (num_rows,) = {len(values) for values in wire.values()}
    filler = examples(["a"] * num_rows)
    return replace(filler, rows=lambda indices: {name: wire[name][indices] for name in wire})


@pytest.mark.parametrize("dtype", [object, str])
def test_texts_of_two_dimensions_are_compared_by_what_they_say(dtype: type) -> None:
    rows = [["a", "bc"], ["ab", "c"], ["a", "bc"]]
    contents: NDArray[Any] = np.array(
        [["".join(list(text)) for text in row] for row in rows], dtype=dtype
    )
    found = read_contents({"train": of_wire(question=contents)}, "numbers")
    first, second, third = found.digests.tolist()
    assert first == third != second
    assert found.wire == {"question": "text 2"}
    assert find_near_pairs(found).tolist() == []


def test_bytes_that_look_like_a_sound_are_what_the_pipeline_declares() -> None:
    contents = np.array([b"RIFF of a text", b"another"], dtype=object)
    found = read_contents({"train": of_wire(text=contents)}, "text")
    assert (found.kind, dict(found.wire)) == ("text", {"text": "text"})
    assert len(found.fingerprinted) == 2


def test_content_that_is_compared_is_one_array_of_the_wire() -> None:
    one = np.array(["a"], dtype=object)
    with pytest.raises(ContractError, match="'text', which is one array of the wire"):
        read_contents({"train": of_wire(question=one, answer=one)}, "text")


def test_values_beside_an_image_do_not_make_it_another() -> None:
    image = encode_image(make_image(0))
    contents = np.array([image, image, encode_image(make_image(1))], dtype=object)
    ages = np.array([["30"], ["80"], ["30"]], dtype=object)
    rows = of_wire(image_bytes=contents, tabular=ages)
    found = read_contents({"train": rows}, "image", beside=["tabular"])
    first, second, third = found.digests.tolist()
    assert first == second != third
    assert found.wire == {"image_bytes": "bytes of files", "tabular": "text 1"}
    assert len(found.fingerprinted) == 3


def test_a_file_that_cannot_be_decoded_is_not_compared() -> None:
    broken = encode_image(make_image(0))[:60]
    assert read([encode_image(make_image(0)), broken]).num_featureless == 1


def copies(contents: Sequence[Any]) -> list[bool]:
    found = read(contents)
    return [bool(copy) for copy in are_copies(find_near_pairs(found), found)]


def test_what_is_only_written_differently_is_a_copy() -> None:
    image, sound = make_image(0), make_sound(0)
    assert copies([encode_image(image), encode_image(image, format_name="JPEG", quality=60)]) == [
        True
    ]
    assert copies([encode_sound(sound), encode_sound(0.5 * sound)]) == [True]
    assert copies([SENTENCE, SENTENCE.upper().replace(" but ", ", but ") + "!"]) == [True]


def test_what_says_or_shows_something_else_is_near_but_no_copy() -> None:
    image = make_image(0)
    retouched = image.copy()
    retouched[30:44, 30:44] = 255 - retouched[30:44, 30:44]
    assert copies([encode_image(image), encode_image(retouched)]) in ([], [False])
    assert copies([SENTENCE, SENTENCE.replace("thin", "thick")]) == [False]
