"""A tab of Chromium, driven over the pipe of its DevTools: what a person does, and what they see.

The pipe needs no package: messages are JSON, each ended by a zero byte.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tests.browser.chromium import CHROMIUM

__all__ = ["Tab", "open_tab"]

_PATIENCE_SECONDS = 90.0
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


@dataclass
class Tab:
    """One tab.

    Attributes:
        requests: Addresses that it asked for.
        complaints: What its console and its policy said.
    """

    to_browser: BinaryIO
    from_browser: BinaryIO
    session: str = ""
    number: int = 0
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol, and wait for what it returns."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.to_browser.write(json.dumps(message).encode() + b"\0")
        self.to_browser.flush()
        while True:
            answer = self._next_message()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def run(self, script: str) -> Any:
        """The value of an expression, awaited."""
        found = self.command(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Until an expression is true."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            if self.run(f"Boolean({script})"):
                return
            time.sleep(0.1)
        raise AssertionError(f"never true: {script}\n{self.text()}\n{self.complaints}")

    def open(self, address: str) -> None:
        """Load a page."""
        self.command("Page.navigate", url="about:blank")
        self.command("Page.navigate", url=address)
        self.wait_for("document.readyState === 'complete' && location.protocol !== 'about:'")

    def text(self) -> str:
        """What the page says."""
        return str(self.run("document.body.innerText"))

    def set_files(self, selector: str, *paths: Path) -> None:
        """Choose files in a file field."""
        root = self.command("DOM.getDocument")["root"]["nodeId"]
        node = self.command("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.command("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def press(self, key: str, code: int) -> None:
        """A key goes down and up."""
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.command(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                text=text if kind == "keyDown" else "",
            )

    def show(self, width: int, height: int, *, dark: bool = False) -> None:
        """The window's size in CSS pixels, and whether its owner likes it dark."""
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])

    def photograph(self, path: Path) -> None:
        """The whole page as PNG."""
        found = self.command("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        path.write_bytes(base64.b64decode(found["data"]))

    def _next_message(self) -> dict[str, Any]:
        content = bytearray()
        while (letter := self.from_browser.read(1)) != b"\0":
            assert letter, "Chromium has ended"
            content += letter
        message: dict[str, Any] = json.loads(content)
        return message

    def _note(self, event: dict[str, Any]) -> None:
        told = event.get("params", {})
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Log.entryAdded":
                self.complaints.append(told["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(told["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning", "assert"):
                self.complaints.append(str(told["args"]))


@contextmanager
def open_tab(*options: str) -> Iterator[Tab]:
    """A browser with one tab, as long as it is needed."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process, tab = _start([*options, f"--user-data-dir={profile}"])
        try:
            target = tab.command("Target.createTarget", url="about:blank")["targetId"]
            attached = tab.command("Target.attachToTarget", targetId=target, flatten=True)
            tab.session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
                tab.command(f"{domain}.enable")
            yield tab
        finally:
            with suppress(AssertionError, BrokenPipeError):
                tab.session = ""
                tab.command("Browser.close")
            tab.to_browser.close()
            tab.from_browser.close()
            process.wait(timeout=60)


def _start(options: Sequence[str]) -> tuple[subprocess.Popen[bytes], Tab]:
    child_reads, we_write = os.pipe()
    we_read, child_writes = os.pipe()

    def hand_over() -> None:
        """Chromium reads from 3 and writes to 4."""
        reads, writes = (os.dup(end) for end in (child_reads, child_writes))
        os.dup2(reads, 3)
        os.dup2(writes, 4)

    process = subprocess.Popen(
        [CHROMIUM, *_OPTIONS, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=hand_over,  # 3 and 4 are what Chromium expects
        pass_fds=(3, 4),
    )
    os.close(child_reads)
    os.close(child_writes)
    return process, Tab(os.fdopen(we_write, "wb"), os.fdopen(we_read, "rb"))
