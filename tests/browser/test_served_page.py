"""The page of the local server in a real browser: every way to give an input, and what is said."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.time_series.reading.calendar_features import calendar_features
from tests.browser.chromium import AXE, CHROMIUM
from tests.browser.devtools import Tab
from tests.browser.invented_service import HOSTILE, LOOKBACK, TOKEN, Invented
from tests.browser.served_page import (
    ANSWERED,
    EXPLAINED,
    answer,
    give_table,
    series_table,
    visit,
    write,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium"),
    pytest.mark.xdist_group("served_page"),
]

OVERLAPPING = """[...document.querySelectorAll('svg text')].flatMap((one, index, all) => {
  const box = one.getBoundingClientRect();
  return all.slice(index + 1).filter((other) => {
    const place = other.getBoundingClientRect();
    return box.left < place.right && place.left < box.right
      && box.top + 2 < place.bottom && place.top + 2 < box.bottom;
  }).map((other) => one.textContent + ' | ' + other.textContent);
})"""
"""Letters of drawings that stand on each other."""


def test_a_text_is_answered_and_explained_and_no_name_becomes_markup(
    tab: Tab, service: Invented
) -> None:
    visit(tab, service, HOSTILE)
    write(tab, f"{HOSTILE} goodness")
    answer(tab)
    tab.wait_for(EXPLAINED)
    assert [one["instances"] for one in service.requests] == [[{"text": f"{HOSTILE} goodness"}]] * 2
    said = tab.text()
    for expected in ("The model answers", HOSTILE, "80 %", "at most 5 % of such answers", "Why"):
        assert expected in said
    marks = tab.run("[...document.querySelectorAll('mark')].map((one) => one.textContent)")
    assert marks == [HOSTILE, "good", "ness"]
    assert tab.run("document.images.length") == 0
    assert tab.run("window.stored === undefined")
    assert all(one.startswith(service.address) for one in tab.requests)


def test_markup_from_a_string_is_refused_by_the_browser_itself(
    browser: Tab, service: Invented
) -> None:
    visit(browser, service, HOSTILE)
    refused = "try { document.body.innerHTML = 'x'; 'done' } catch (error) { error.name }"
    assert browser.run(refused) == "TypeError"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"error": "The text is blank."}, "This text can't be used: The text is blank."),
        ({"is_ood": 1, "abstain": 1}, "Do not use this answer"),
        ({"abstain": 1}, "Hand this on to a person"),
    ],
)
def test_what_must_not_be_used_is_said_first(
    tab: Tab, service: Invented, changes: dict[str, object], said: str
) -> None:
    service.changes = changes
    visit(tab, service, HOSTILE)
    write(tab, "good")
    answer(tab)
    assert said in tab.run("document.querySelector('.verdict').innerText")


def test_an_explanation_that_misses_much_is_not_to_be_read(tab: Tab, service: Invented) -> None:
    service.changes = {"completeness_gap": 0.9}
    visit(tab, service, HOSTILE)
    write(tab, "good")
    answer(tab)
    tab.wait_for(EXPLAINED)
    assert "Do not read these numbers" in tab.text()


def test_an_image_is_sent_as_it_is_and_its_cells_are_drawn_over_it(
    tab: Tab, service: Invented, tmp_path: Path
) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(stream, "PNG")
    (tmp_path / "teal.png").write_bytes(stream.getvalue())
    visit(tab, service, "images")
    tab.set_files("input[type=file]", tmp_path / "teal.png")
    tab.wait_for("document.querySelector('.drop img')")
    answer(tab)
    tab.wait_for(EXPLAINED)
    sent = service.requests[0]["instances"][0]["image_bytes"]["b64"]
    assert base64.b64decode(sent) == stream.getvalue()
    assert tab.run("document.querySelectorAll('.overlay rect').length") == 6
    assert tab.run("document.querySelector('.overlay img').naturalWidth") == 30
    fills = (
        "[...document.querySelectorAll('.overlay rect')].map((one) => getComputedStyle(one).fill)"
    )
    assert len(set(tab.run(fills)) - {"rgb(0, 0, 0)"}) == 2  # for and against


def test_sound_is_recorded_as_16_bit_pcm(tab: Tab, service: Invented) -> None:
    visit(tab, service, "sounds")
    record = "[...document.querySelectorAll('#fields button')][0]"
    tab.run(f"{record}.click()")
    tab.wait_for(f"{record}.textContent === 'Stop recording'")
    tab.run("new Promise((resolve) => setTimeout(resolve, 1500))")
    tab.run(f"{record}.click()")
    tab.wait_for("document.querySelector('audio').src && !document.querySelector('audio').hidden")
    answer(tab)
    tab.wait_for(EXPLAINED)
    wav = base64.b64decode(service.requests[0]["instances"][0]["wav"]["b64"])
    assert (wav[:4], wav[8:16]) == (b"RIFF", b"WAVEfmt ")
    format_, channels = np.frombuffer(wav[20:24], "<u2")
    assert (format_, channels, int.from_bytes(wav[34:36], "little")) == (1, 1, 16)
    samples = np.frombuffer(wav[44:], "<i2")
    assert len(wav) == 44 + int.from_bytes(wav[40:44], "little")
    assert np.abs(samples).max() > 1000  # the beep
    assert tab.run("document.querySelectorAll('#why rect').length") == 4


def test_a_table_becomes_window_and_calendar_as_the_pipeline_has_them(
    tab: Tab, service: Invented, tmp_path: Path
) -> None:
    visit(tab, service, "loads")
    give_table(tab, series_table(tmp_path / "loads.csv"))
    answer(tab)
    tab.wait_for(EXPLAINED)
    sent = service.requests[0]["instances"][0]
    rows = np.arange(5, 5 + LOOKBACK)
    np.testing.assert_array_equal(sent["window"], np.stack([100 + rows, rows], axis=1))
    ahead = np.array(sent["future"])
    np.testing.assert_array_equal(ahead[:, 0], np.arange(35, 41))
    stamps = np.datetime64("2024-12-30T20:00:00") + np.arange(35, 41).astype("m8[h]")
    np.testing.assert_allclose(ahead[:, 1:], calendar_features(stamps, ("day", "week")), atol=1e-6)
    assert "100 to 105 kW" in tab.text()
    tab.run("document.querySelector('#why select').value = 5")
    tab.run("document.querySelector('#why select').dispatchEvent(new Event('change'))")
    assert "+7" in tab.run("document.querySelector('#why').innerText")


@pytest.mark.parametrize(
    ("gap", "rows_ahead", "said"),
    [(20, 6, "row 22, column load is empty"), (None, 2, "temperature must be known for 6 steps")],
)
def test_a_table_that_does_not_do_is_answered_with_its_row(
    tab: Tab, service: Invented, tmp_path: Path, gap: int | None, rows_ahead: int, said: str
) -> None:
    visit(tab, service, "loads")
    give_table(tab, series_table(tmp_path / "loads.csv", gap=gap, rows_ahead=rows_ahead))
    answer(tab)
    assert said in tab.text()
    assert service.requests == []


def test_a_row_has_a_field_for_each_column_and_what_is_not_known_stays_empty(
    tab: Tab, service: Invented
) -> None:
    visit(tab, service, "rows")
    tab.run("document.querySelectorAll('#fields input')[1].focus()")
    tab.command("Input.insertText", text="41")
    answer(tab)
    tab.wait_for(EXPLAINED)
    assert service.requests[0]["instances"] == [{"tabular": ["", "41"]}]
    tab.run("document.getElementById('example').click()")
    tab.wait_for("document.querySelectorAll('#fields input')[0].value === 'call'")
    tab.wait_for(ANSWERED)


def test_everything_is_reached_with_the_keyboard(tab: Tab, service: Invented) -> None:
    visit(tab, service, HOSTILE)
    names = []
    for _ in range(6):
        tab.press("Tab", 9)
        names.append(tab.run("document.activeElement.textContent || document.activeElement.id"))
        if tab.run("document.activeElement.tagName") == "TEXTAREA":
            tab.command("Input.insertText", text="good")
        if names[-1] == "Answer":
            break
    assert names[0] == "Skip to the answer"
    tab.press("Enter", 13)
    tab.wait_for(ANSWERED)
    assert tab.run("document.activeElement.id") == "answer"


def test_controls_and_drawings_have_names(tab: Tab, service: Invented, tmp_path: Path) -> None:
    visit(tab, service, "loads")
    give_table(tab, series_table(tmp_path / "loads.csv"))
    answer(tab)
    tab.wait_for(EXPLAINED)
    tree = tab.command("Accessibility.getFullAXTree")["nodes"]
    asked = {"button", "textbox", "combobox", "checkbox", "radio", "image", "region", "form"}
    nameless = [
        node["role"]["value"]
        for node in tree
        if not node["ignored"]
        and node["role"]["value"] in asked
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []


@pytest.mark.parametrize("model", [HOSTILE, "loads"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_a_phone(
    tab: Tab, service: Invented, tmp_path: Path, model: str, dark: bool
) -> None:
    tab.show(390, 844, dark=dark)
    visit(tab, service, model)
    if model == "loads":
        give_table(tab, series_table(tmp_path / "loads.csv"))
    else:
        write(tab, "x" * 300)
    answer(tab)
    tab.wait_for(EXPLAINED)
    assert tab.run("document.documentElement.scrollWidth") == 390
    assert tab.run(OVERLAPPING) == []
    assert tab.run("matchMedia('(prefers-color-scheme: dark)').matches") == dark


@pytest.mark.skipif(not AXE, reason="PLUMBLINE_AXE does not name axe.min.js")
@pytest.mark.parametrize("model", [HOSTILE, "images", "sounds", "loads"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_no_violation(tab: Tab, service: Invented, model: str, dark: bool) -> None:
    tab.show(1366, 900, dark=dark)
    visit(tab, service, model)
    if model == HOSTILE:
        write(tab, "good")
        answer(tab)
        tab.wait_for(EXPLAINED)
    tab.run(f"{Path(AXE).read_text(encoding='utf-8')}; 0")
    assert tab.run("axe.run(document).then((found) => found.violations)") == []


def test_a_token_is_asked_for_and_a_busy_server_says_so(browser: Tab, service: Invented) -> None:
    service.guarded = True
    browser.show(1366, 900)
    browser.open(service.address)
    browser.wait_for("!document.getElementById('token').hidden")
    browser.run(f"document.getElementById('token-text').value = '{TOKEN}'")
    browser.run("document.querySelector('#token button').click()")
    browser.wait_for("document.querySelector('#choices input:checked')")
    service.refusing = (503, "queue full")
    browser.run("document.querySelector('#choices input').click()")
    write(browser, "good")
    answer(browser)
    assert "The server is busy" in browser.text()
