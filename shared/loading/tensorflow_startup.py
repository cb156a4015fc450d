"""Importing TensorFlow without its start-up noise.

Its C++ code logs before any log level applies, so the environment variables that promise silence
don't deliver it; the file descriptor has to be turned aside while it loads.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from shared.cluster.devices import CPU_DEVICES_VARIABLE

__all__ = ["start_tensorflow", "stderr_turned_aside"]


def start_tensorflow() -> None:
    """Import TensorFlow and list its devices with stderr turned aside.

    If the import fails, what was said is shown.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with stderr_turned_aside():
        import tensorflow as tf

        tf.config.list_physical_devices()  # CUDA complains at the first look, not at import
        _divide_cpu(int(os.environ.get(CPU_DEVICES_VARIABLE, "1")))
        tf.get_logger().setLevel("ERROR")


def _divide_cpu(num_devices: int) -> None:
    """Makes several logical devices of the CPU; too late once TensorFlow has computed anything."""
    if num_devices > 1:
        import tensorflow as tf

        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * num_devices
        )


@contextmanager
def stderr_turned_aside() -> Iterator[None]:
    """Keep what native code writes to stderr off the screen, unless the block fails."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            aside.seek(0)
            sys.stderr.write(aside.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
