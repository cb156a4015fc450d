"""Errors of the disk, as TensorFlow's writers report them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

__all__ = ["disk_errors_as_os_errors"]

_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


@contextmanager
def disk_errors_as_os_errors() -> Iterator[None]:
    """TensorFlow's own errors of a disk become Python's, which whoever writes there explains.

    Raises:
        OSError: The disk is full, or can't be written.
    """
    try:
        yield
    except tf.errors.OpError as error:
        # Its codes do not tell them from others: a full disk and full memory have the same one.
        reported = [code for code in _OF_THE_DISK if os.strerror(code) in error.message]
        if not reported:
            raise
        raise OSError(reported[0], os.strerror(reported[0])) from error
