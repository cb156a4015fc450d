"""Mixed load, one request in five of them hostile: good requests must be answered as if alone."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import random
import struct
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Self

from benchmarks.serving.client import Connection, Reply, as_request
from benchmarks.serving.server import Running

__all__ = ["Soaked", "hostile_bodies", "is_same", "soak"]

_HUGE = 100 << 20
_TOLERANCE = 1e-4
_HOSTILE_SHARE = 0.2
_SAMPLES = 30
"""Of memory; the first fifth is warming up: pools fill, and each shape is met once."""
_GROWTH = 1.05
_GROWTH_MB = 20.0
"""Beyond both, memory is not flat."""


@dataclass
class Soaked:
    """What happened.

    Attributes:
        statuses: (good or kind of hostility, status) -> how often; 0: the connection ended.
        wrong: Good requests with another answer than the first one.
        memory_mb: Of server and workers, now and then.
    """

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: int = 0
    memory_mb: list[dict[str, float]] = field(default_factory=list)

    def faults(self) -> list[str]:
        """What must not be."""
        found = [
            f"{kind}: {count} answers {status}"
            for (kind, status), count in sorted(self.statuses.items())
            if (status >= 500 and status != 503)
            or (kind.startswith("good") and status not in (200, 503))
        ]
        found += [f"{self.wrong} wrong answers"] if self.wrong else []
        return found + self._growth()

    def _growth(self) -> list[str]:
        """Memory after the warm-up, beside that of the end: medians of a fifth of the samples."""
        fifth = len(self.memory_mb) // 5
        if not fifth:
            return ["too short to say that memory is flat"]
        early, late = self.memory_mb[fifth : 2 * fifth], self.memory_mb[-fifth:]
        found = []
        for name in late[-1]:
            before, after = (median(one[name] for one in part) for part in (early, late))
            if after > max(before * _GROWTH, before + _GROWTH_MB):
                found.append(f"memory of {name} grew from {before:,.0f} to {after:,.0f} MB")
        return found


def hostile_bodies(instance: Any) -> dict[str, bytes]:
    """Kind -> a body that no model should be asked."""
    files = {
        "truncated image": b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 5,
        "pixel bomb": _pixel_bomb(),
        "lying WAV": b"RIFF\xff\xff\xff\x7fWAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, 384_000, 768_000, 2, 16)
        + b"data\xff\xff\xff\x7f\x00\x00",
        "bytes": bytes(range(256)),
    }
    bodies = {
        kind: json.dumps({"instances": [{"b64": base64.b64encode(file).decode()}]}).encode()
        for kind, file in files.items()
    }
    return bodies | {
        "broken JSON": b'{"instances": [',
        "nested": b'{"instances": ' + b"[" * 5000,
        "wrong shape": json.dumps({"instances": [[[instance]], [instance]]}).encode(),
        "not finite": b'{"instances": [NaN, Infinity, -1e999]}',
        "wrong keys": b'{"instances": [{"x": 1}]}',
        "too many": json.dumps({"instances": [0] * 5000}).encode(),
    }


def _pixel_bomb() -> bytes:
    """A PNG of 50,000 × 50,000 pixels in a few bytes."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\x00" * 1000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def is_same(one: Any, other: Any) -> bool:
    """Whether two answers agree, decimals within what sharing a batch may change."""
    match one, other:
        case dict(), dict():
            keys = one.keys() | other.keys()
            return all(is_same(one.get(key), other.get(key)) for key in keys)
        case list(), list():
            return len(one) == len(other) and all(map(is_same, one, other))
        case float(), float():
            return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    return bool(one == other)


async def soak(
    running: Running, examples: dict[str, Any], *, clients: int, seconds: float
) -> Soaked:
    """Load the server for so long.

    Args:
        running: It.
        examples: Model -> an instance that it answers.
        clients: How many ask at once.
        seconds: For how long.
    """
    told = Soaked()
    models = [await _Model.of(running.port, *one) for one in examples.items()]
    end = time.monotonic() + seconds

    async def client(number: int) -> None:
        generator = random.Random(number)  # noqa: S311 - no secret
        while time.monotonic() < end:
            model = generator.choice(models)
            is_good = generator.random() >= _HOSTILE_SHARE
            await (model.ask(told) if is_good else model.attack(generator, told))

    async def watch() -> None:
        while time.monotonic() < end:
            told.memory_mb.append(running.memory_mb())
            await asyncio.sleep(seconds / _SAMPLES)

    await asyncio.gather(watch(), *(client(number) for number in range(clients)))
    told.memory_mb.append(running.memory_mb())
    return told


@dataclass(frozen=True)
class _Model:
    """What one model is asked, and what it must answer."""

    port: int
    name: str
    good: bytes
    hostile: dict[str, bytes]
    expected: Any

    @classmethod
    async def of(cls, port: int, name: str, instance: Any) -> Self:
        good = as_request(name, json.dumps({"instances": [instance]}).encode())
        expected = json.loads((await _ask(port, good)).body)
        return cls(port, name, good, hostile_bodies(instance), expected)

    async def ask(self, told: Soaked) -> None:
        reply = await _ask(self.port, self.good)
        told.statuses[f"good {self.name}", reply.status] += 1
        is_right = is_same(json.loads(reply.body or b"null"), self.expected)
        told.wrong += reply.status == 200 and not is_right

    async def attack(self, generator: random.Random, told: Soaked) -> None:
        kind = generator.choice([*self.hostile, "huge", "long head", "slow", "aborted"])
        body = self.hostile.get(kind, b"")
        told.statuses[kind, await _attack(self.port, self.name, kind, body)] += 1


async def _ask(port: int, request: bytes) -> Reply:
    """One request on a connection of its own; status 0 if that ended first."""
    connection = None
    try:
        connection = await Connection.open(port)
        return await connection.ask(request)
    except (OSError, EOFError):
        return Reply(0, b"")
    finally:
        if connection is not None:
            await connection.close()


async def _attack(port: int, model: str, kind: str, body: bytes) -> int:
    match kind:
        case "huge":  # said in the header, and begun
            return (await _ask(port, as_request(model, b" " * (1 << 20), length=_HUGE))).status
        case "long head":
            return (await _ask(port, b"GET / HTTP/1.1\r\nX-Long: " + b"a" * (1 << 20))).status
        case "slow" | "aborted":
            connection = await Connection.open(port)
            request = as_request(model, b'{"instances": ', length=1000)
            for start in range(0, len(request), 16):
                connection.writer.write(request[start : start + 16])
                if kind == "slow":
                    await asyncio.sleep(0.02)
            await connection.close()
            return 0
    return (await _ask(port, as_request(model, body))).status
