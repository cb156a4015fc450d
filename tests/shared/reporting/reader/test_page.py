from __future__ import annotations

from dataclasses import replace

import pytest

from shared.reporting.artefacts import Artefacts
from shared.reporting.reader.order import READER_SECTIONS
from shared.reporting.reader.see import view_see
from shared.reporting.reader.why import view_why
from shared.reporting.templates import page_templates
from shared.run.artefacts.explanations.record import FaithfulnessMean
from tests.shared.reporting.page_reader import ReadPage, read_page

MOST_WORDS = 2_500
"""Of all reader sections together."""

_PAGE = """{% import 'parts.html' as parts with context %}{% for section in sections %}
{% with view = section.view %}{% include section.template %}{% endwith %}{% endfor %}"""


@pytest.fixture(scope="module")
def page(artefacts: Artefacts) -> ReadPage:
    """All reader sections of an invented run, without what surrounds them."""
    shown = [section.show(artefacts) for section in READER_SECTIONS]
    sections = [section for section in shown if section is not None]
    template = page_templates().from_string(_PAGE)
    return read_page(template.render(sections=sections, page={"synthetic": True}))


def test_a_person_reads_the_layer_in_ten_minutes(page: ReadPage) -> None:
    assert 300 < len(page.text.split()) <= MOST_WORDS


def test_every_figure_gives_its_numbers_and_is_described(page: ReadPage) -> None:
    figures = [one for one in page.tags("figure") if one.get("class") == "drawn"]
    files = [link for link in page.tags("a") if "download" in link]
    assert len(files) >= len(figures) >= 4
    drawn = [one for _, one in page.elements if one.get("role") == "img"]
    assert all(len(one["aria-label"]) > 40 for one in drawn)


def test_every_section_begins_with_its_finding(page: ReadPage) -> None:
    findings = [one for one in page.tags("p") if one.get("class") == "finding"]
    assert len(findings) >= 6


def test_examples_are_shown_in_every_medium_and_found_by_filters(page: ReadPage) -> None:
    assert page.tags("img")[0]["src"].startswith("data:image/jpeg;base64,")
    assert page.tags("audio")[0]["src"].startswith("data:audio/wav;base64,")
    assert len(page.tags("blockquote")) == 1
    options = {one["value"] for one in page.tags("option")} - {""}
    shown_by = {
        number for one in page.tags("li") for number in one.get("data-shown-by", "").split()
    }
    assert options <= shown_by


def test_an_example_links_to_its_explanation(artefacts: Artefacts) -> None:
    (first, *_) = artefacts.explanations.examples
    (item, *rest) = artefacts.gallery.items
    named = item.model_copy(update={"id": first.id})
    gallery = artefacts.gallery.model_copy(update={"items": (named, *rest)})
    changed = replace(artefacts, gallery=gallery)
    see = view_see(changed)
    why = view_why(changed)
    assert see is not None and why is not None
    linked = see.shelves[0][1][0].explained
    assert linked in [card.anchor for card in why.cards]


@pytest.mark.parametrize(
    ("low", "said"), [(0.1, "does decide"), (-0.1, "Not shown"), (-0.6, "does not decide")]
)
def test_explanations_are_trusted_no_further_than_their_test(
    artefacts: Artefacts, low: float, said: str
) -> None:
    gain = FaithfulnessMean(
        value=low + 0.2, ci_low=low, ci_high=low + 0.4, n=8, better="higher", describe="gain"
    )
    summary = {**artefacts.explanations.summary, "deletion_gain": gain}
    record = artefacts.explanations.model_copy(update={"summary": summary})
    view = view_why(replace(artefacts, explanations=record))
    assert view is not None
    assert said in view.finding
