"""Chromium without a window: what it measures on a page, what it says of it, what it prints."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["AXE", "CHROMIUM", "Opened", "measure", "open_as_it_is"]

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
"""The browser; empty where there is none."""

AXE = os.environ.get("PLUMBLINE_AXE", "")
"""Path of axe-core's `axe.min.js`; empty where it is not given."""

_MEASURING = Path(__file__).parent / "measure.js"
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_WIDTHS = {"laptop": 1366, "phone": 390, "print": 688}
"""CSS pixels of a page's window; of print, A4 without its margins of 14 mm."""
_FRAME = """<!DOCTYPE html><title>frame</title><pre id="found"></pre>{frames}
<script>const all = {{}};
addEventListener("message", ({{ data }}) => {{
  all[data.name] = data;
  if (Object.keys(all).length === {count}) {{
    document.getElementById("found").textContent = JSON.stringify(all);
    document.querySelectorAll("iframe").forEach((frame) => frame.remove());
  }}
}});</script>"""
_FOUND = re.compile(r'<pre id="found">(.*?)</pre>', re.DOTALL)
_CONSOLE = re.compile(r"CONSOLE[^\n]*")
_PDF_PAGE = re.compile(rb"/Type\s*/Page\b")


@dataclass(frozen=True)
class Opened:
    """A page as a reader opens it.

    Attributes:
        console: Lines that the browser says of it: errors, warnings, and what its policy refuses.
        pages: Of A4, when it is printed.
    """

    console: tuple[str, ...]
    pages: int


def open_as_it_is(page: Path, folder: Path) -> Opened:
    """Open and print a page that nothing was added to."""
    pdf = folder / f"{page.stem}.pdf"
    done = _run(folder, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri())
    console = tuple(_CONSOLE.findall(done.stderr))
    return Opened(console, len(_PDF_PAGE.findall(pdf.read_bytes())))


def measure(page: Path, folder: Path, *, dark: bool = False, axe: str = "") -> dict[str, Any]:
    """What is measured on a copy of a page at three widths.

    Args:
        page: Stays as it is.
        folder: For copies.
        dark: Whether the reader prefers dark pages.
        axe: Look for violations with folds "closed", or "open" too on a laptop; empty for not at all.
    """
    probed = folder / f"probed-{page.name}"
    scripts = [Path(AXE).read_text(encoding="utf-8")] if axe else []
    scripts.append(_MEASURING.read_text(encoding="utf-8"))
    added = "".join(f"<script>{script}</script>" for script in scripts)
    text = _POLICY.sub("", page.read_text(encoding="utf-8"))
    head, end, tail = text.rpartition("</body>")
    probed.write_text(f"{head}{added}{end}{tail}", encoding="utf-8")
    frames = "".join(
        f'<iframe style="border:0;height:900px;width:{width}px" '
        f'src="{probed.as_uri()}#name={name}&axe={axe if name != "print" else ""}">'
        "</iframe>"
        for name, width in _WIDTHS.items()
    )
    outer = folder / f"frame-{page.name}"
    outer.write_text(_FRAME.format(frames=frames, count=len(_WIDTHS)), encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    done = _run(folder, scheme, "--virtual-time-budget=600000", "--dump-dom", outer.as_uri())
    found = _FOUND.search(done.stdout)
    assert found is not None and found[1], done.stderr[-2000:]
    measured: dict[str, Any] = json.loads(html.unescape(found[1]))
    for one in measured.values():
        assert "error" not in one, one["error"]
    return measured


def _run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-quic",
            "--disable-sync",
            "--hide-scrollbars",
            "--no-first-run",
            "--enable-logging=stderr",
            "--window-size=1400,1000",
            f"--user-data-dir={folder / 'profile'}",
            *options,
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
