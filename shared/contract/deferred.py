"""Functions that are named now and imported when they are called, so that what does not call them does not pay for TensorFlow."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Deferred"]


@dataclass(frozen=True)
class Deferred:
    """Stands for a function, for example `Deferred("pipelines.speech.models.residual_cnn:build_model")`.

    Attributes:
        target: `module:function`.
    """

    target: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.resolve()(*args, **kwargs)

    def resolve(self) -> Callable[..., Any]:
        """Import the function."""
        module, _, name = self.target.partition(":")
        function: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return function
