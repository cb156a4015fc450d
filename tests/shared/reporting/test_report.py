from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.errors import MissingArtefactError
from shared.formatting import format_interval, format_value, humanise
from shared.reporting.report import report_stage
from shared.reporting.templates import script_digest
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.targets import Categories, Horizon
from tests.shared.reporting.page_reader import ReadPage, read_page
from tests.shared.reporting.runs import Invented, make_run

_DIGITS = Categories(names=tuple(f"digit {digit}" for digit in range(10)))
_LOAD = Horizon(steps=24, channels=("load", "heat"), unit="kW", step_seconds=3600, season_steps=24)

_INVENTED = {
    "words": Invented(),
    "signal": Invented(
        _LOAD, "signal", conditions=("season",), groups={"season": ("winter", "summer")}
    ),
    "drawing": Invented(Categories(names=("mel", "nv", "bcc")), "drawing", synthetic=False),
    "map": Invented(_DIGITS, "map"),
    "hostile": Invented(
        Categories(names=("<script>alert(1)</script>", "$x_1$ & \"'")),
        text="<img src=x onerror=alert(2)>",
        groups={"site": ("a", "b")},
    ),
}


@dataclass(frozen=True)
class Written:
    """A report on disk, parsed."""

    context: StageContext
    html: str
    page: ReadPage


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Written]:
    folder = tmp_path_factory.mktemp("runs")
    reports = {}
    for name, invented in _INVENTED.items():
        context = make_run(folder / name, invented)
        report_stage(context)
        html = (context.run / "report.html").read_text(encoding="utf-8")
        reports[name] = Written(context, html, read_page(html))
    return reports


@pytest.fixture
def copied(written: dict[str, Written], tmp_path: Path) -> StageContext:
    """A run of one's own to change, without a report."""
    context = written["words"].context
    shutil.copytree(
        context.run.path, tmp_path / "run", ignore=shutil.ignore_patterns("report.html")
    )
    return replace(context, run=RunDirectory(tmp_path / "run"))


kinds = pytest.mark.parametrize("kind", list(_INVENTED))


@kinds
def test_a_report_is_small(written: dict[str, Written], kind: str) -> None:
    assert len(written[kind].html.encode()) < 1_000_000


@kinds
def test_nothing_is_loaded_from_elsewhere(written: dict[str, Written], kind: str) -> None:
    page = written[kind].page
    links = [*page.attributes("href"), *page.attributes("src"), *page.attributes("xlink:href")]
    assert all(
        link.startswith(("#", "data:image/", "data:audio/", "data:text/csv")) for link in links
    )
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", written[kind].html)
    assert "@import" not in written[kind].html
    assert not page.tags("link")


@kinds
def test_nothing_runs_but_the_one_script_that_the_policy_names(
    written: dict[str, Written], kind: str
) -> None:
    page = written[kind].page
    scripts = page.tags("script")
    assert [script for script in scripts if script.get("type") != "application/json"] == [{}]
    assert not [
        name for _, attributes in page.elements for name in attributes if name.startswith("on")
    ]
    (policy,) = [
        meta["content"]
        for meta in page.tags("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    script = re.findall(r"<script>(.*?)</script>", written[kind].html, flags=re.DOTALL)
    assert len(script) == 1
    assert len(script[0].encode()) <= 15_000
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:;"
        f" script-src '{script_digest(script[0])}'; base-uri 'none'; form-action 'none'"
    )


def test_names_from_the_data_are_shown_and_not_obeyed(written: dict[str, Written]) -> None:
    page = written["hostile"].page
    assert all(image["src"].startswith("data:image/jpeg") for image in page.tags("img"))
    assert "<script>alert(1)</script>" in page.text
    assert "<img src=x onerror=alert(2)>" in page.text
    assert "$x_1$ & \"'" in page.text


@kinds
def test_elements_are_closed_in_order(written: dict[str, Written], kind: str) -> None:
    assert written[kind].page.faults == []


@kinds
def test_ids_are_unique_and_every_link_leads_somewhere(
    written: dict[str, Written], kind: str
) -> None:
    page = written[kind].page
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    inner = [link[1:] for link in page.attributes("href") if link.startswith("#")]
    assert set(inner) <= set(ids)
    assert set(page.attributes("aria-labelledby")) <= set(ids)


@kinds
def test_the_same_files_give_the_same_bytes(written: dict[str, Written], kind: str) -> None:
    report_stage(written[kind].context)
    assert (written[kind].context.run / "report.html").read_text(encoding="utf-8") == written[
        kind
    ].html


@kinds
def test_every_metric_has_value_interval_unit_and_n(written: dict[str, Written], kind: str) -> None:
    metrics = written[kind].context.run.read_json("metrics.json", maker="evaluate")
    rows = _rows(written[kind].html, "All metrics on the test split")
    assert len(rows) == len(metrics["metrics"])
    for name, entry in metrics["metrics"].items():
        row = next(row for row in rows if row.startswith(f"{humanise(name)} {entry['describe']}"))
        for expected in (
            format_value(entry["value"], entry["unit"]),
            format_interval(entry["ci_low"], entry["ci_high"], entry["unit"]),
            entry["unit"],
            str(metrics["n"]),
            format_value(entry["baseline"], entry["unit"]),
        ):
            assert expected in row


@kinds
def test_every_drawing_is_described_in_words(written: dict[str, Written], kind: str) -> None:
    drawings = [
        attributes
        for _, attributes in written[kind].page.elements
        if attributes.get("role") == "img"
    ]
    assert len(drawings) >= 5
    assert all(len(drawing["aria-label"]) > 40 for drawing in drawings)
    assert all(svg.get("aria-hidden") == "true" for svg in written[kind].page.tags("svg"))


@kinds
def test_tables_have_captions_and_scopes(written: dict[str, Written], kind: str) -> None:
    page = written[kind].page
    assert len(page.tags("caption")) == len(page.tags("table")) > 10
    assert all(header.get("scope") in {"col", "row"} for header in page.tags("th"))


@kinds
def test_landmarks_and_headings_are_in_order(written: dict[str, Written], kind: str) -> None:
    page = written[kind].page
    assert [len(page.tags(tag)) for tag in ("header", "nav", "main", "footer", "h1")] == [
        1,
        1,
        1,
        1,
        1,
    ]
    assert page.tags("html")[0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_synthetic_data_is_said_at_the_top_on_each_screen_and_in_the_appendix(
    written: dict[str, Written],
) -> None:
    page = written["words"].page
    marked = [
        attributes["class"].split()[0]
        for _, attributes in page.elements
        if "synthetic" in attributes.get("class", "").split()
    ]
    assert marked == ["ribbon", "badge"]  # the ribbon stays where it is, whatever is scrolled to
    assert re.search(r"\.ribbon \{ position: fixed;", written["words"].html)
    assert "SYNTHETIC DATA" in page.text[:400]


@kinds
def test_the_appendix_is_folded_and_opened_by_its_links(
    written: dict[str, Written], kind: str
) -> None:
    page = written[kind].page
    folds = [fold for fold in page.tags("details") if fold.get("class") == "fold"]
    assert len(folds) >= 9
    assert not any("open" in fold for fold in folds)
    links = {link[1:] for link in page.attributes("href") if link.startswith("#")}
    assert {fold["id"] for fold in folds} <= links
    assert ".fold:target::details-content" in written[kind].html


def test_real_data_is_not_called_synthetic(written: dict[str, Written]) -> None:
    assert "SYNTHETIC" not in written["drawing"].page.text
    assert not [
        attributes
        for _, attributes in written["drawing"].page.elements
        if "synthetic" in attributes.get("class", "").split()
    ]


def test_conditions_are_not_called_fairness(written: dict[str, Written]) -> None:
    assert "Reliability across conditions" in written["signal"].page.text
    assert "Equally reliable in all conditions?" in written["signal"].page.text
    assert "Fairness" not in written["signal"].page.text


def test_people_and_conditions_are_two_families_with_their_sizes(tmp_path: Path) -> None:
    context = make_run(
        tmp_path / "run",
        Invented(groups={"site": ("a", "b"), "hour": ("x", "y")}, conditions=("hour",)),
    )
    report_stage(context)
    text = read_page((context.run / "report.html").read_text(encoding="utf-8")).text
    fairness, reliability = (
        text.index("Fairness between groups of people"),
        text.index("Reliability across conditions"),
    )
    assert (
        fairness
        < text.index("Site : ", fairness)
        < reliability
        < text.index("Hour : ", reliability)
    )
    assert text[fairness:].count("Adjusted for 1 attribute (Holm, level 0.05).") == 2
    assert "Equally good for all groups?" in text
    assert "Equally reliable in all conditions?" in text
    assert "people by site; conditions by hour" in text


def test_groups_show_n_value_interval_gap_and_adjusted_p(written: dict[str, Written]) -> None:
    record = written["words"].context.run.read_json("fairness.json", maker="fairness")
    entry = record["attributes"][0]
    text = written["words"].page.text
    for group in entry["groups"]:
        found = group["metrics"]["error"]
        interval = format_interval(found["ci_low"], found["ci_high"], "share")
        assert f"({interval}), n = {group['n']}" in text
    assert "Adjusted p" in text
    assert entry["verdict"] in text


def test_small_groups_are_shown_in_counts_and_said_not_to_be_tested(tmp_path: Path) -> None:
    values = {"site": (*["big"] * 12, "tiny")}
    context = make_run(tmp_path / "run", Invented(groups=values))
    report_stage(context)
    html = (context.run / "report.html").read_text(encoding="utf-8")
    row = next(row for row in _rows(html, "Groups of site") if row.startswith("tiny"))
    assert "not tested: fewer than 20 rows" in row
    assert re.search(r"\d+ of \d+, \d.* to \d.*%", row)
    assert "not tested: tiny" in html
    assert "Too few rows to be tested: &#39;tiny&#39; (" in html


def test_pairs_of_attributes_are_folded_and_show_only_who_fares_worst(tmp_path: Path) -> None:
    context = make_run(
        tmp_path / "run", Invented(groups={"site": tuple("abcde"), "scanner": tuple("wxyz")})
    )
    report_stage(context)
    html = (context.run / "report.html").read_text(encoding="utf-8")
    assert "<details><summary><bdi>Site × scanner</bdi>: " in html
    assert "the 12 of 20 whose error is surely highest" in html
    assert len(_rows(html, "Groups of site × scanner")) == 12


def test_data_without_groups_is_said_in_words(tmp_path: Path) -> None:
    context = make_run(tmp_path / "run", Invented(groups={}))
    report_stage(context)
    assert "nothing is known about differences between them" in (
        context.run / "report.html"
    ).read_text(encoding="utf-8")


def test_corruptions_stand_by_severity_and_are_marked_where_chance_does_not_explain_them(
    written: dict[str, Written],
) -> None:
    for name, metric, mean in (
        ("words", "Balanced accuracy", "Mean"),
        ("signal", "MSE standardised", "Geometric"),
    ):
        html = written[name].html
        rows = _rows(html, f"{metric} by severity; unchanged")
        assert [row.split()[0] for row in rows] == ["Noise", mean]
        assert [row.count(" to ") for row in rows] == [4, 4]
        table = next(
            table
            for table in re.findall(r"<table .*?</table>", html, flags=re.DOTALL)
            if "by severity; unchanged" in table
        )
        assert "bad-rgb" in table
    assert "Values inside the interval" in written["signal"].html
    assert "Values inside the interval" not in written["words"].html


def test_a_pipeline_without_perturbations_is_said_in_words(copied: StageContext) -> None:
    metrics = copied.run.read_json("metrics.json", maker="evaluate")
    copied.run.write_json(
        "metrics.json",
        metrics
        | {
            "perturbations": [],
            "corruptions": None,
            "ood": {"rule": None, "flagged": None, "perturbations": []},
        },
    )
    report_stage(copied)
    assert "nothing is known about its robustness" in (copied.run / "report.html").read_text(
        encoding="utf-8"
    )


def test_metrics_that_are_not_available_are_a_dash_and_a_reason(copied: StageContext) -> None:
    metrics: dict[str, Any] = copied.run.read_json("metrics.json", maker="evaluate")
    nothing = {"value": None, "ci_low": None, "ci_high": None}
    for entry in metrics["metrics"].values():
        entry.update(
            nothing
            | {
                "note": "undefined on these rows",
                "versus_baseline": nothing | {"verdict": "not known"},
            }
        )
    for key in ("confusion", "classes", "reliability"):
        metrics[key] = None
    copied.run.write_json(
        "metrics.json", metrics | {"notes": ["The model gave scores that are not finite."]}
    )
    data = copied.run.read_json("data.json", maker="data")
    data["provenance"]["warnings"] = ["A third of all sound is unseen."]
    copied.run.write_json("data.json", data)
    report_stage(copied)
    page = read_page((copied.run / "report.html").read_text(encoding="utf-8"))
    assert "The model gave scores that are not finite." in page.text
    assert "A third of all sound is unseen. The model gave" in " ".join(page.text.split())
    assert "undefined on these rows" in page.text
    assert "Not known" in page.text


def test_explanations_that_do_not_add_up_are_called_so(copied: StageContext) -> None:
    record = copied.run.read_json("explanations.json", maker="explain")
    record["examples"][1]["additivity_error_relative"] = 0.3
    copied.run.write_json("explanations.json", record)
    report_stage(copied)
    page = read_page((copied.run / "report.html").read_text(encoding="utf-8"))
    assert "does not add up: read the order only" in page.text


def test_explanations_that_are_not_settled_are_not_called_true(copied: StageContext) -> None:
    record = copied.run.read_json("explanations.json", maker="explain")
    record["examples"][1]["settled"] = False
    record["unexplained"] = [{"id": "test-0009", "reason": "The model's score is NaN."}]
    copied.run.write_json("explanations.json", record)
    report_stage(copied)
    page = read_page((copied.run / "report.html").read_text(encoding="utf-8"))
    assert "not settled" in page.text
    assert "2 of 3 settled" in page.text
    assert "Not explained: test-0009 (The model's score is NaN.)" in page.text


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("environment.json", "resolve"),
        ("data.json", "data"),
        ("history.csv", "train"),
        ("train.json", "train"),
        ("metrics.json", "evaluate"),
        ("fairness.json", "fairness"),
        ("explanations.json", "explain"),
        ("explanations/1.npz", "explain"),
        ("gallery.json", "explain"),
        ("gallery/0.jpg", "explain"),
        ("predictions/test.parquet", "predict"),
        ("signature.json", "export"),
        ("parity.json", "export"),
    ],
)
def test_a_missing_file_is_named_with_the_stage_that_makes_it(
    copied: StageContext, name: str, maker: str
) -> None:
    (copied.run / name).unlink()
    with pytest.raises(
        MissingArtefactError, match=rf"{re.escape(name)} is missing. The stage '{maker}' makes it"
    ):
        report_stage(copied)
    assert not copied.run.has("report.html")


@pytest.mark.parametrize(
    ("name", "key", "maker", "message"),
    [
        ("metrics.json", "paired_tests", "evaluate", "paired_tests: Field required"),
        ("train.json", "best_epoch", "train", "best_epoch: Field required"),
        ("data.json", "schema_version", "data", "schema_version is None"),
    ],
)
def test_a_file_of_an_older_version_is_refused_by_name(
    copied: StageContext, name: str, key: str, maker: str, message: str
) -> None:
    content = copied.run.read_json(name, maker=maker)
    del content[key]
    copied.run.write_json(name, content)
    with pytest.raises(MissingArtefactError, match=rf"{name}.*{message}") as caught:
        report_stage(copied)
    said = rf"Make it again with python -m pipelines run \w+ --stages {maker} --run-dir"
    assert re.search(said, str(caught.value))


def test_a_metric_that_was_not_measured_yet_is_asked_for(copied: StageContext) -> None:
    content = copied.run.read_json("metrics.json", maker="evaluate")
    del content["metrics"]["brier"]
    copied.run.write_json("metrics.json", content)
    with pytest.raises(MissingArtefactError, match="lacks 'brier'"):
        report_stage(copied)


def test_the_command_names_what_differs_from_the_defaults(written: dict[str, Written]) -> None:
    commands = re.findall(
        r"<pre tabindex=\"0\">(python.*?)</pre>", written["words"].html, flags=re.DOTALL
    )
    assert [" ".join(command.replace("\\", "").split()) for command in commands] == [
        "python -m pipelines run invented --preset smoke --set evaluate.resamples=200"
    ]


def test_what_was_set_aside_is_listed_with_file_row_and_reason(written: dict[str, Written]) -> None:
    assert _rows(written["words"].html, "Inputs set aside and why") == ["reviews.csv 17 text empty"]


def test_a_run_with_one_epoch_has_a_learning_curve(copied: StageContext) -> None:
    copied.run.write_text("history.csv", "epoch,loss,val_loss\n1,0.5,0.6\n")
    copied.run.write_json(
        "train.json",
        copied.run.read_json("train.json", maker="train") | {"epochs": 1, "best_epoch": 1},
    )
    report_stage(copied)
    assert "Loss by epoch over 1 epochs" in (copied.run / "report.html").read_text(encoding="utf-8")


def test_scripts_in_other_alphabets_are_drawn_without_complaint(tmp_path: Path) -> None:
    context = make_run(
        tmp_path / "run", Invented(groups={"language": ("日本語", "العربية", "русский")})
    )
    report_stage(context)
    assert "日本語" in read_page((context.run / "report.html").read_text(encoding="utf-8")).text


def test_values_of_zero_draw_no_colour(copied: StageContext) -> None:
    path = copied.run / "explanations/0.npz"
    with np.load(path) as arrays:
        changed = {name: arrays[name] for name in arrays.files}
    changed["values"] = np.zeros_like(changed["values"])
    np.savez_compressed(path, **changed)
    report_stage(copied)
    assert 'style="--strength:0.0"' in (copied.run / "report.html").read_text(encoding="utf-8")


def _rows(html: str, caption: str) -> list[str]:
    """The texts of a table's body rows."""
    table = next(
        table
        for table in re.findall(r"<table .*?</table>", html, flags=re.DOTALL)
        if f"<caption>{caption}" in table
    )
    return [read_page(row).text for row in re.findall(r"<tr>.*?</tr>", table, flags=re.DOTALL)[1:]]
