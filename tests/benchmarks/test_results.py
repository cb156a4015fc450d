"""Result tables in pages are written by `make results`, and by nobody else."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.results.__main__ import PAGES, main
from benchmarks.results.goals import GOALS, Goal, goals_table
from benchmarks.results.markdown import markdown_table
from benchmarks.results.pages import WAITING, digest, marked_tables, with_tables
from benchmarks.results.printed import command_of
from benchmarks.results.protocols import PROTOCOLS, Protocol
from benchmarks.results.tables import TABLES, overview
from pipelines import presets_folder
from shared.run.directory import RunDirectory
from tests.architecture.source_tree import REPOSITORY
from tests.shared.reporting.runs import make_run

NOT_YET_PRINTED = {
    "interval_coverage",
    "planted_bias",
    "checkpoints",
    "abstention_guarantee",
    "permutation_level",
    "mitigation_sentiment",
    "data_loading",
    "replicas",
    "distributed",
    "all_reduce",
    "kill_matrix",
    "explain",
    "serving",
    "distillation",
    "state_space_cost",
    "streaming",
    "toolbox",
}
"""Tables of benchmarks that take long on a quiet machine; from their next run on, printed ones."""

TABLES_OF_PAGES = [
    (name, stated, table)
    for page in PAGES
    for name, stated, table in marked_tables((REPOSITORY / page).read_text(encoding="utf-8"))
]
WRITTEN = [
    pytest.param(stated, table, id=name)
    for name, stated, table in TABLES_OF_PAGES
    if name not in NOT_YET_PRINTED
]


@pytest.mark.parametrize(("stated", "table"), WRITTEN)
def test_a_table_is_as_make_results_wrote_it(stated: str | None, table: str) -> None:
    if stated is None:
        assert table.strip() == WAITING
        return
    assert stated == digest(table), "written by hand: run `make results DATA=folder`"


def test_a_number_that_is_changed_by_hand_is_found() -> None:
    page = with_tables("<!-- results: one -->\n<!-- end -->\n", lambda *_: "| accuracy | 0.8 |")
    ((_, stated, table),) = marked_tables(page.replace("0.8", "0.9"))
    assert stated is not None
    assert stated != digest(table)


def test_a_table_that_is_not_made_again_stays() -> None:
    page = "before\n<!-- results: one abc -->\n| 1 |\n<!-- end -->\nafter"
    assert with_tables(page, lambda *_: None) == page


def test_each_table_of_a_run_is_one_that_make_results_can_write() -> None:
    names = [name.split("/") for name, _, _ in TABLES_OF_PAGES if "/" in name]
    assert {protocol for protocol, _ in names} == {protocol.name for protocol in PROTOCOLS}
    assert {kind for _, kind in names} == TABLES.keys()


@pytest.mark.parametrize(
    ("name", "block"),
    [
        (name, table)
        for name, _, table in TABLES_OF_PAGES
        if "/" not in name and name not in {"overview", "goals", "few_labels", *NOT_YET_PRINTED}
    ],
)
def test_each_printed_block_is_of_a_benchmark_that_exists(name: str, block: str) -> None:
    module = command_of(block)[2]
    assert importlib.util.find_spec(module) is not None
    assert name == module.rpartition(".")[2]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_a_protocol_names_a_preset_that_exists(protocol: Protocol) -> None:
    folder = presets_folder(protocol.pipeline)
    assert (folder / f"{protocol.preset}.yaml").is_file()


def test_tables_show_the_numbers_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunDirectory(make_run(tmp_path / "run").run.path)
    monkeypatch.setattr(Protocol, "run", property(lambda _: run))
    protocol = replace(PROTOCOLS[1], metrics=("accuracy",))
    accuracy = run.read_json("metrics.json")["metrics"]["accuracy"]
    shown = f"{100 * accuracy['value']:.1f}"
    run.write_text("report.html", "")
    assert shown in overview([protocol])
    tables = {name: make(protocol) for name, make in TABLES.items()}
    assert shown in tables["metrics"]
    assert "dialect" in tables["groups"]
    assert all(tables.values())


def test_a_row_whose_run_is_not_here_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Protocol, "run", property(lambda _: RunDirectory(tmp_path / "none")))
    head = overview([]).splitlines()
    there = " | ".join([PROTOCOLS[1].title, *"123456", "a\\|b"])
    present = "\n".join([*head, f"| {there} |"])
    assert overview(PROTOCOLS, present) == present


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_a_goal_names_a_preset_and_a_training_that_exist(goal: Goal) -> None:
    assert (presets_folder(goal.pipeline) / f"{goal.preset}.yaml").is_file()
    assert goal.same_training_as in {None, *(other.name for other in GOALS)}


def test_a_goal_shows_the_mean_of_its_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = {seed: make_run(tmp_path / str(seed)).run for seed in (0, 2)}
    metrics = runs[2].read_json("metrics.json")
    metrics["metrics"]["accuracy"]["value"] += 0.1
    runs[2].write_json("metrics.json", metrics)
    values = [
        run.read_json("metrics.json")["metrics"]["accuracy"]["value"] for run in runs.values()
    ]
    monkeypatch.setattr(
        Goal, "run", lambda _, seed: runs.get(seed, RunDirectory(tmp_path / "none"))
    )
    table = goals_table([replace(GOALS[0], to_reach={"accuracy": 0.8})]).replace("\xa0", " ")
    assert "| 0, 2 |" in table
    assert f"| {50 * sum(values):.1f} % (" in table
    assert " · ".join(f"{100 * value:.1f} %" for value in values) in table


def test_a_bar_in_a_name_does_not_end_a_cell() -> None:
    assert markdown_table(["name"], [["a|b"]]).endswith("| a\\|b |")


def test_a_printed_block_says_its_command() -> None:
    assert command_of("```console\n$ python -m benchmarks.one --rounds 2\n7\n```") == [
        "python",
        "-m",
        "benchmarks.one",
        "--rounds",
        "2",
    ]


@pytest.mark.parametrize("block", ["| 1 |", "$ rm -r /", "$ python -m os"])
def test_no_other_command_is_run(block: str) -> None:
    with pytest.raises(ValueError, match="No line like"):
        command_of(block)


def test_a_result_that_does_not_exist_is_refused_with_those_that_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["results", "data", "--only", "sst3"])
    with pytest.raises(SystemExit) as refused:
        main()
    assert refused.value.code == 2
    assert "unknown: sst3; known are" in capsys.readouterr().err
