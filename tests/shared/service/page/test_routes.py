from __future__ import annotations

import re
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from shared.run.artefacts.signature_file import SignatureRecord
from shared.service.page.routes import PAGE_FILES, page_routes
from shared.targets import Categories
from tests.architecture.source_tree import REPOSITORY
from tests.shared.reporting.invented_records import invented_signature

FOLDER = REPOSITORY / "shared" / "service" / "page"
WRITTEN = [path for path in FOLDER.rglob("*") if path.suffix in {".html", ".css", ".js", ".svg"}]
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
    r"|createContextualFragment|DOMParser"
)
"""Where a string could become markup or code."""
ELSEWHERE = re.compile(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[a-z]", re.IGNORECASE)


def client() -> TestClient:
    models: dict[str, SignatureRecord] = {
        "invented": invented_signature(Categories(names=("a", "b")))
    }
    return TestClient(Starlette(routes=page_routes(lambda: models)))


def test_every_file_is_served_and_no_other() -> None:
    assert {FOLDER / name for name in PAGE_FILES.values()} == set(WRITTEN)
    for path, name in PAGE_FILES.items():
        answer = client().get(path)
        assert (answer.status_code, answer.content) == (200, (FOLDER / name).read_bytes())
    for path in ("/page/routes.py", "/page/scripts/../routes.py", "/page/scripts/%2e%2e/facts.py"):
        assert client().get(path).status_code == 404


def test_models_are_asked_for_on_every_visit() -> None:
    models: dict[str, SignatureRecord] = {}
    visitor = TestClient(Starlette(routes=page_routes(lambda: models)))
    assert visitor.get("/page/models").json() == {"models": []}
    models["later"] = invented_signature(Categories(names=("a", "b")))
    assert [one["name"] for one in visitor.get("/page/models").json()["models"]] == ["later"]


def test_the_policy_allows_own_files_and_no_markup_from_strings() -> None:
    for path in (*PAGE_FILES, "/page/models"):
        headers = client().get(path).headers
        policy = dict(one.split(" ", 1) for one in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["require-trusted-types-for"] == "'script'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_nothing_comes_from_elsewhere_and_no_string_becomes_markup() -> None:
    faults = {path.name: find_faults(path) for path in WRITTEN}
    assert not any(faults.values()), faults


def test_a_script_that_writes_markup_or_loads_a_font_is_found(tmp_path: Path) -> None:
    worse = tmp_path / "worse.js"
    worse.write_text('said.innerHTML = answer; fetch("https://fonts.example/a")', encoding="utf-8")
    assert len(find_faults(worse)) == 2


def test_addresses_are_below_the_page_so_that_a_prefix_may_stand_before_it() -> None:
    html = (FOLDER / "page.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!#)([^"]+)"', html) == [
        "page/plumb.svg",
        "page/page.css",
        "page/scripts/main.js",
    ]
    assert not re.search(r"<style|<script>|\son[a-z]+=|\sstyle=", html)


def find_faults(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return SINKS.findall(text) + ELSEWHERE.findall(text)
