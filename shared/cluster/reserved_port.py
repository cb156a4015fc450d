"""Ports that stay reserved until the moment TensorFlow listens on them.

Asking the system for a free port and naming it to a worker is a race: the worker takes ten seconds
to start, and the port may be gone. Here the launcher binds a socket and lets the worker inherit it;
a bound socket keeps others away without listening. The worker closes it in the line before
TensorFlow binds the port itself. The launcher starts again on other ports if even that moment was
too long.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping

__all__ = ["LOOPBACK", "PORT_SOCKET_VARIABLE", "release_port", "reserve_port"]

LOOPBACK = "127.0.0.1"
PORT_SOCKET_VARIABLE = "PLUMBLINE_PORT_SOCKET"
"""File descriptor of the inherited socket that holds this worker's port."""


def reserve_port() -> socket.socket:
    """A socket bound to a free port of the loopback interface.

    Nobody else can bind the port while it is open.
    """
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.bind((LOOPBACK, 0))
    return holder


def release_port(environment: MutableMapping[str, str]) -> None:
    """Close the inherited socket, if there is one, so that TensorFlow can bind its port.

    Call it right before.

    Args:
        environment: `os.environ`; the variable is removed, since the descriptor may come to mean
            another file.
    """
    descriptor = environment.pop(PORT_SOCKET_VARIABLE, None)
    if descriptor is not None:
        os.close(int(descriptor))
