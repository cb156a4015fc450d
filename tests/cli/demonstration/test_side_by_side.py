from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from cli.demonstration import side_by_side
from cli.demonstration.side_by_side import Places, find_places, run_side_by_side

TWO = Places(2, 1)


def program(text: str) -> list[str]:
    return [sys.executable, "-S", "-c", f"import os, sys, time\n{text}"]


def test_output_stays_in_order_though_the_first_ends_last(tmp_path: Path) -> None:
    mark = tmp_path / "second has run"
    first = f"print('1a', flush=True)\nwhile not os.path.exists({str(mark)!r}): time.sleep(0.01)"
    second = f"print('2'); open({str(mark)!r}, 'w').close()"
    shown: list[str] = []
    commands = [program(f"{first}\nprint('1b')"), program(second), program("print('3')")]
    code, seconds = run_side_by_side(commands, TWO, shown.append)
    assert (code, shown) == (0, ["1a", "1b", "2", "3"])
    assert len(seconds) == 3 and min(seconds) > 0.0


def test_each_keeps_to_its_threads() -> None:
    shown: list[str] = []
    text = "print(os.environ['TF_NUM_INTRAOP_THREADS'], os.environ['OMP_NUM_THREADS'])"
    run_side_by_side([program(text)], Places(1, 3), shown.append)
    assert shown == ["3 3"]


def test_after_one_that_failed_none_is_begun_and_its_code_is_told() -> None:
    shown: list[str] = []
    commands = [program("print('wrong', file=sys.stderr); sys.exit(2)"), program("print('late')")]
    code, _ = run_side_by_side(commands, Places(1, 1), shown.append)
    assert (code, shown) == (2, ["wrong"])


def test_sigterm_reaches_those_that_run_and_ends_the_rest() -> None:
    shown: list[str] = []
    waits = "import signal\nsignal.signal(15, lambda *_: sys.exit(143))\nprint('up', flush=True)"
    commands = [program(f"{waits}\ntime.sleep(60)"), program("print('late')")]

    def stop() -> None:
        while not shown:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    stopping = threading.Thread(target=stop)
    stopping.start()
    code, _ = run_side_by_side(commands, Places(1, 1), shown.append)
    stopping.join()
    assert (code, shown) == (143, ["up"])


def test_there_is_room_for_as_many_as_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        available = 7 << 30

    monkeypatch.setattr(psutil, "virtual_memory", Memory)
    monkeypatch.setattr(side_by_side, "_has_gpu", lambda: False)
    monkeypatch.setattr(side_by_side, "num_processors", lambda: 8)
    assert find_places(5) == Places(2, 4)
    Memory.available = 100
    assert find_places(5) == Places(1, 8)
    Memory.available = 100 << 30
    assert find_places(5) == Places(5, 1)
    monkeypatch.setattr(side_by_side, "_has_gpu", lambda: True)
    assert find_places(5) == Places(1, 8)
