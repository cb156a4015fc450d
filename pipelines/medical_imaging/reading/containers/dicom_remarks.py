"""What pydicom only remarks on while it reads a file."""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

__all__ = ["remarks_of_pydicom"]

# Remarks that say nothing against the pixels: bytes behind the image, a frame table that is not
# needed for one frame, and spellings of fields that are read by name anyhow.
_HARMLESS = re.compile(
    r"bytes of excess padding|Extended Offset Table|Number of Frames' is|value for VR|"
    r"exceeds the maximum length|in file <|encoding|character set|Invalid value"
)


class _Listener(logging.Handler):
    """Collects what is said while a thread listens."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        remarks: list[str] | None = getattr(self.heard, "remarks", None)
        if remarks is not None:
            remarks.append(record.getMessage())


@contextmanager
def remarks_of_pydicom() -> Iterator[list[str]]:
    """Remarks on pixels that pydicom makes in this thread, complete when the block ends.

    pydicom says each to its logger and as a Python warning. Both quote header values, which may
    identify a patient: neither is shown, and the texts may not leave the process.
    """
    heard = _listener().heard
    remarks: list[str] = []
    heard.remarks = []
    try:
        yield remarks
    finally:
        remarks += [text for text in heard.remarks if _HARMLESS.search(text) is None]
        heard.remarks = None


@cache
def _listener() -> _Listener:
    warnings.filterwarnings("ignore", module=r"pydicom\..*")
    listener = _Listener()
    logger = logging.getLogger("pydicom")
    logger.addHandler(listener)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    return listener
