from __future__ import annotations

import pytest

from pipelines.speech.reading.containers.checking import check_container, has_sound_mark
from shared.errors import DataError
from tests.pipelines.speech.reading.containers.sounds import encoded, seconds_of

_FORMS = (
    *(("WAV", "PCM_24"), ("WAV", "IMA_ADPCM"), ("RF64", "PCM_16"), ("W64", "PCM_16")),
    *(("AIFF", "PCM_16"), ("AU", "PCM_16"), ("CAF", "PCM_16"), ("NIST", "PCM_16")),
    *(("VOC", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS")),
    ("MP3", "MPEG_LAYER_III"),
)


@pytest.mark.parametrize(("form", "subtype"), _FORMS)
def test_a_whole_file_is_read_whole(form: str, subtype: str) -> None:
    assert seconds_of(encoded(form, subtype)) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(("form", "subtype"), _FORMS)
@pytest.mark.parametrize("share", [0.5, 0.995])
def test_a_cut_file_is_refused(form: str, subtype: str, share: float) -> None:
    whole = encoded(form, subtype)
    with pytest.raises(DataError, match=r"truncated|flac decoder lost sync"):
        seconds_of(whole[: int(share * len(whole))])


@pytest.mark.parametrize(("form", "subtype"), _FORMS)
def test_two_files_in_one_are_refused_not_read_half(form: str, subtype: str) -> None:
    two = encoded(form, subtype) + encoded(form, subtype, seconds=0.7)
    with pytest.raises(DataError, match=r"several .* joined into one"):
        seconds_of(two)


_LENGTHS = {"WAV": (b"data", 4, 4), "AU": (b".snd", 8, 4), "AIFF": (b"FORM", 4, 4)} | {
    "CAF": (b"data", 4, 8)
}
"""Of each form: the mark, where behind its beginning the length stands, and its bytes."""


def _streamed(form: str) -> bytes:
    """As a writer to a pipe leaves it: the length of the sound, of AIFF that of all, is open."""
    content = encoded(form)
    mark, distance, num_bytes = _LENGTHS[form]
    place = content.index(mark) + distance
    return content[:place] + b"\xff" * num_bytes + content[place + num_bytes :]


@pytest.mark.parametrize("form", _LENGTHS)
def test_a_file_of_open_length_is_read_whole_and_two_of_them_are_refused(form: str) -> None:
    streamed = _streamed(form)
    assert seconds_of(streamed) == pytest.approx(1.0, abs=0.02)
    with pytest.raises(DataError, match=r"several .* joined into one"):
        seconds_of(streamed + streamed)


@pytest.mark.parametrize(("form", "subtype"), _FORMS)
def test_what_taggers_put_before_and_behind_changes_nothing(form: str, subtype: str) -> None:
    tag = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)
    behind = b"TAG" + bytes(125)
    assert seconds_of(tag + encoded(form, subtype) + behind) == pytest.approx(1.0, abs=0.02)


def test_content_of_another_kind_is_never_given_to_a_decoder() -> None:
    with pytest.raises(DataError, match=r"not a readable .* of no format that can be read"):
        check_container(b"\x7fELF" + bytes(2000))


def test_a_file_of_sound_is_known_by_its_first_bytes() -> None:
    assert all(has_sound_mark(encoded(form, subtype)[:12]) for form, subtype in _FORMS[:-1])
    assert not has_sound_mark(b"RIFF\0\0\0\0WEBP")
    assert not has_sound_mark(b"file,label\n")
