"""A service whose workers are invented: no process, no TensorFlow, answers at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from shared.service.models.sources import Wanted
from shared.service.service import Service, open_service
from shared.service.settings import Limits
from shared.service.status import Code, RequestError
from shared.service.wire.messages import message
from shared.service.wire.tensors import STRING, Arrays
from shared.service.workers.client import WorkerLostError

__all__ = ["PREDICT", "FakeSource", "FakeWorker", "opener", "signatures", "starter"]

PREDICT = "tensorflow/serving/predict"
_FLOAT = 1
_INT32 = 3
_HALF = 19


@dataclass
class FakeSource:
    """Two models, whose versions can be changed."""

    versions: dict[str, set[int]] = field(
        default_factory=lambda: {"words": {1}, "numbers": {3}, "half": {1}}
    )
    labels: dict[str, dict[str, int]] = field(default_factory=lambda: {"words": {"stable": 1}})

    def find(self) -> list[Wanted]:
        return [
            Wanted(
                name,
                {one: Path(f"/models/{name}/{one}") for one in numbers},
                self.labels.get(name, {}),
            )
            for name, numbers in self.versions.items()
        ]


def signatures(name: str) -> Any:
    """What `saved_model.pb` would say."""
    told = message("SignatureDefMap")()
    inputs: dict[str, tuple[int, tuple[int, ...]]] = {
        "words": {"text": (STRING, (-1,))},
        "numbers": {"hour": (_INT32, (-1,)), "window": (_FLOAT, (-1, 2))},
        "half": {"x": (_HALF, (-1,))},
    }[name]  # type: ignore[assignment]
    for endpoint in ("serving_default", "scores"):
        one = told.signature_def[endpoint]
        one.method_name = PREDICT
        for key, (dtype, shape) in inputs.items():
            info = one.inputs[key]
            info.name = f"{endpoint}_{key}:0"
            info.dtype = dtype
            for size in shape:
                info.tensor_shape.dim.add(size=size)
        one.outputs["error"].dtype = STRING
        one.outputs["error"].tensor_shape.dim.add(size=-1)
    told.signature_def["__saved_model_init_op"].outputs["noop"].tensor_shape.unknown_rank = True
    return told


@dataclass(eq=False)
class FakeWorker:
    """Answers by rules that a test can follow; some texts are orders.

    Attributes:
        batches: Rows of each batch that was run.
        loaded: What it holds.
        unloadable: Version folders that can't be loaded.
    """

    batches: list[int] = field(default_factory=list)
    loaded: list[Path] = field(default_factory=list)
    unloadable: set[str] = field(default_factory=set)
    delay: float = 0.0
    _death: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_alive(self) -> bool:
        return not self._death.is_set()

    async def load(self, path: Path) -> Any:
        if str(path) in self.unloadable:
            raise RequestError(Code.NOT_FOUND, f"{path} is broken")
        self.loaded.append(path)
        return signatures(path.parent.name)

    async def unload(self, path: Path) -> None:
        self.loaded.remove(path)

    async def died(self) -> None:
        await self._death.wait()

    def kill(self) -> None:
        self._death.set()

    async def run(self, path: Path, signature: str, inputs: Arrays) -> Arrays:
        assert path in self.loaded
        if not self.is_alive:
            raise WorkerLostError
        if "text" not in inputs:
            return self._numbers(inputs)
        texts = inputs["text"].tolist()
        self.batches.append(len(texts))
        await asyncio.sleep(self.delay)
        if b"die" in texts:
            self.kill()
            raise WorkerLostError
        if b"hang" in texts:
            await asyncio.sleep(60)
        if b"refuse" in texts:
            raise RequestError(Code.INVALID_ARGUMENT, "the graph refuses this batch")
        names = np.asarray([b"good" if b"good" in text else b"bad" for text in texts], object)
        errors = np.asarray([b"" if text else b"the text is empty" for text in texts], object)
        return {
            "error": errors,
            "class_name": names,
            "version": np.full(len(texts), int(path.name), np.int32),
            "abstain": np.asarray([int(b"?" in text) for text in texts], np.int32),
            "is_ood": np.zeros(len(texts), np.int32),
            "share": np.asarray([0.1 if text else np.nan for text in texts], np.float32),
            "text_bytes": np.asarray(texts, object),
        }

    def _numbers(self, inputs: Arrays) -> Arrays:
        window, hour = inputs["window"], inputs["hour"]
        return {"sum": window.sum(axis=1, dtype=np.float32) + hour.astype(np.float32)}


def starter(*workers: FakeWorker) -> Callable[[], Awaitable[Any]]:
    """Gives these workers one after the other, then new ones."""
    rest = list(workers)

    async def start() -> Any:
        return rest.pop(0) if rest else FakeWorker()

    return start


def opener(
    source: FakeSource, *workers: FakeWorker, limits: Limits | None = None, **options: Any
) -> Callable[[], AbstractAsyncContextManager[Service]]:
    """Opens a service over invented workers."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[Service]:
        async with open_service(
            [source], starter(*workers), limits=limits or Limits(), poll_seconds=0.02, **options
        ) as service:
            yield service

    return open_
