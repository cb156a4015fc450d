from __future__ import annotations

from dataclasses import replace

import pytest

from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.report import assemble_page, render_page
from shared.reporting.sections.synthetic import SECTION, SyntheticView
from shared.run.artefacts.data.synthetic import ShownRow, SyntheticClass, SyntheticRecord
from shared.run.context import StageContext
from shared.statistics.intervals import Estimate
from tests.shared.reporting.runs import make_run

_SHARE = Estimate(value=0.6, ci_low=0.5, ci_high=0.7, note="of 30 rows")
_RECORD = SyntheticRecord(
    method="diffusion",
    made_from="0",
    num_real=90,
    num_synthetic=30,
    classes=(SyntheticClass(name="rare <b>", num_real=5, num_synthetic=30, num_copies=1),),
    precision=_SHARE,
    precision_of_validation=_SHARE,
    recall=_SHARE,
    recall_of_validation=Estimate(value=None, note="not enough data"),
    copies=_SHARE,
    copies_in_training=_SHARE,
    most_copies=0.05,
    copy_ratio=0.5,
    shown=(
        ShownRow(id="made", class_name="rare <b>", file="synthetic/made.jpg", nearest="r", ratio=1),
    ),
)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    made = make_run(tmp_path_factory.mktemp("runs") / "run")
    (made.run / "synthetic").mkdir()
    (made.run / "synthetic/made.jpg").write_bytes(b"jpeg")
    _RECORD.write(made.run)
    return made


@pytest.fixture(scope="module")
def artefacts(context: StageContext) -> Artefacts:
    return read_artefacts(context)


def test_made_rows_stand_beside_recorded_ones(artefacts: Artefacts) -> None:
    shown = SECTION.show(artefacts)
    assert shown is not None
    view = shown.view
    assert isinstance(view, SyntheticView)
    assert [cell.text for cell in view.classes.rows[0]] == ["rare <b>", "5", "30", "1"]
    assert view.nearness.rows[1][3].text == "–"
    assert view.shown[0].address == "data:image/jpeg;base64,anBlZw=="


def test_without_made_rows_there_is_no_section(artefacts: Artefacts) -> None:
    assert SECTION.show(replace(artefacts, synthetic=None)) is None


def test_the_page_says_that_they_are_synthetic(context: StageContext, artefacts: Artefacts) -> None:
    page = render_page(assemble_page(context, artefacts))
    assert "<strong>synthetic</strong> <bdi>rare &lt;b&gt;</bdi>" in page
    assert 'src="data:image/jpeg;base64,anBlZw=="' in page
