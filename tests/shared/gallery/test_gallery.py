from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from shared.gallery.choice import choose_rows
from shared.gallery.media import show_row
from shared.targets import Categories
from shared.targets.predictions import Predictions

TARGET = Categories(names=("a", "b"))


def predictions(num_rows: int = 200) -> Predictions:
    generator = np.random.default_rng(1)
    truth = generator.integers(0, 2, num_rows)
    scores = (np.eye(2)[truth] + generator.normal(size=(num_rows, 2))).astype(np.float32)
    ids = np.array([str(row) for row in range(num_rows)])
    return Predictions(ids, ids, truth, scores)


def test_the_most_confident_mistakes_come_first_and_no_row_comes_twice() -> None:
    test = predictions()
    chosen = choose_rows(TARGET, test, seed=0)
    confidence = TARGET.confidence(test.scores)
    wrong = TARGET.decide(test.scores) != test.targets
    mistakes = [one.place for one in chosen if one.kind == "confident mistake"]
    assert len(mistakes) == 12
    assert all(wrong[mistakes])
    assert confidence[mistakes].tolist() == sorted(confidence[wrong], reverse=True)[:12]
    places = [one.place for one in chosen]
    assert len(set(places)) == len(places) == 20
    assert not any(wrong[one.place] for one in chosen if one.kind == "right")


def test_a_model_without_mistakes_has_a_gallery_too() -> None:
    test = predictions(3)
    perfect = test.with_scores(np.eye(2, dtype=np.float32)[test.targets])
    assert {one.kind for one in choose_rows(TARGET, perfect, seed=0)} == {"least sure"}


def test_an_image_is_small_and_opens() -> None:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (600, 900, 4), dtype=np.uint8)
    Image.fromarray(noise, "RGBA").save(file, "PNG")
    shown = show_row({"image": np.array([file.getvalue()], object)}, "image", ())
    assert shown.medium == "image"
    assert max(Image.open(io.BytesIO(shown.content)).size) <= 160
    assert len(shown.content) < 20_000


def test_a_sound_is_short_and_plays() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.sin(np.arange(160_000) / 20) * 0.01, 16_000, format="WAV")
    shown = show_row({"audio": np.array([file.getvalue()], object)}, "sound", ())
    samples, rate_hz = soundfile.read(io.BytesIO(shown.content))
    assert (rate_hz, len(samples)) == (8_000, 16_000)
    assert np.abs(samples).max() == pytest.approx(0.9, abs=0.05)
    assert len(shown.content) < 17_000


@pytest.mark.parametrize("content", ["image", "sound"])
def test_what_cannot_be_read_is_shown_by_its_numbers(content: str) -> None:
    wire = {"file": np.array([b"no such file"], object)}
    assert show_row(wire, content, ()).medium == "none"  # type: ignore[arg-type]


def test_a_text_is_printable_and_cut() -> None:
    text = ("<b>\x1b" + "x" * 5_000).encode()
    shown = show_row(
        {"text": np.array([text], object), "beside": np.zeros((1, 2))}, "text", ("beside",)
    )
    assert shown.text.startswith("<b>\\x1b")
    assert len(shown.text) < 1_010
