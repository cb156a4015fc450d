from __future__ import annotations

import errno

import pytest
import tensorflow as tf

from shared.loading.disk_errors import disk_errors_as_os_errors


@pytest.mark.parametrize(
    ("kind", "message", "code"),
    [
        (tf.errors.ResourceExhaustedError, "a.pb.tmp1; No space left on device", errno.ENOSPC),
        (tf.errors.PermissionDeniedError, "{{node}} a; Read-only file system [Op:A]", errno.EROFS),
    ],
)
def test_what_is_of_the_disk_is_an_error_of_the_disk(
    kind: type[tf.errors.OpError], message: str, code: int
) -> None:
    with pytest.raises(OSError) as caught, disk_errors_as_os_errors():
        raise kind(None, None, message)
    assert caught.value.errno == code


def test_what_is_of_memory_is_not() -> None:
    full = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    with pytest.raises(tf.errors.ResourceExhaustedError), disk_errors_as_os_errors():
        raise full
