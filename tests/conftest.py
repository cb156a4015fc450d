"""What every test gets: a quiet TensorFlow on two small CPUs, fixed seeds, its own environment variables, and no network."""

from __future__ import annotations

import gc
import ipaddress
import os
import random
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before NumPy and SciPy are imported: the other thread of their matrix products is that of another
# process of `-n 2`, and spins between small products, for a tenth of all processor time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest

from shared.run.directory import RunDirectory

__all__: list[str] = []

# Before TensorFlow is imported by any test module; CUDA_VISIBLE_DEVICES can be given from outside
# to test on a GPU.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

# A shell starts what runs in the background with Ctrl-C ignored, and tests of stopping would wait
# for it in vain.
signal.signal(signal.SIGINT, signal.default_int_handler)

_NUM_LOGICAL_CPUS = 2


def pytest_collection_finish(session: pytest.Session) -> None:
    """Divides the CPU into two logical devices, so that replicas can be tested.

    Possible only before TensorFlow is first used.
    """
    gc.freeze()  # what modules hold stays
    if "tensorflow" not in sys.modules:
        return
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    if tf.config.get_logical_device_configuration(cpu) is None:
        try:
            tf.config.set_logical_device_configuration(
                cpu, [tf.config.LogicalDeviceConfiguration()] * _NUM_LOGICAL_CPUS
            )
        except RuntimeError as error:
            raise pytest.UsageError(
                "A test module makes tensors or layers while it is imported; move that into a test"
                " or fixture."
            ) from error


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process runs all tests of a file, so that what they share is made once, not in each."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Sets aside what a module leaves behind, or each collection would walk through all of it.

    Keras collects whenever a session is cleared, which took seconds after some hundred modules.
    """
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def _fixed_seeds() -> None:
    """Seeds every generator, so that a test's result does not depend on the tests before it."""
    random.seed(0)
    np.random.seed(0)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)


@pytest.fixture(autouse=True)
def _own_environment_variables() -> Iterator[None]:
    before = dict(os.environ)
    yield
    if dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Refuses connections and name look-ups beyond this machine, from Python code."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLUMBLINE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run directory that does not exist yet."""
    return RunDirectory(tmp_path / "run")


def _guarded(original: Any) -> Any:
    def guard(self: socket.socket, address: Any) -> Any:
        if self.family != getattr(socket, "AF_UNIX", None):
            _refuse_unless_local(address[0])
        return original(self, address)

    return guard


def _guarded_lookup(original: Any) -> Any:
    def guard(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_unless_local(host)
        return original(host, *args, **kwargs)

    return guard


def _refuse_unless_local(host: str | bytes | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", socket.gethostname()):
        return
    try:
        is_local = ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise RuntimeError(f"Tests must not use the network, but this one asked for {name!r}.")
