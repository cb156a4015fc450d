"""TensorFlow's C interface (tensorflow/c/c_api.h) by way of ctypes.

The loader behind it is the one of TensorFlow Serving: graph, initialisation, signature tensors.
Nothing of TensorFlow for Python, nor of this repository's graphs, takes part.
"""

from __future__ import annotations

import ctypes
import importlib.util
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path
from typing import Any

__all__ = ["Buffer", "NativeLibrary", "Output", "installed_library"]


class Output(ctypes.Structure):
    """`TF_Output`: an operation, and which of its outputs."""

    _fields_ = (("operation", c_void_p), ("index", c_int))


class Buffer(ctypes.Structure):
    """`TF_Buffer`."""

    _fields_ = (("data", c_void_p), ("length", c_size_t), ("deallocator", c_void_p))


_OUTPUTS, _TENSORS = POINTER(Output), POINTER(c_void_p)

# Name -> result, then arguments; first those of libtensorflow_framework, then of libtensorflow_cc.
_FRAMEWORK: dict[str, tuple[Any, ...]] = {
    "TF_NewStatus": (c_void_p,),
    "TF_GetCode": (c_int, c_void_p),
    "TF_Message": (c_char_p, c_void_p),
    "TF_NewBuffer": (POINTER(Buffer),),
    "TF_AllocateTensor": (c_void_p, c_int, POINTER(c_int64), c_int, c_size_t),
    "TF_DeleteTensor": (None, c_void_p),
    "TF_TensorData": (c_void_p, c_void_p),
    "TF_TensorByteSize": (c_size_t, c_void_p),
    "TF_NumDims": (c_int, c_void_p),
    "TF_Dim": (c_int64, c_void_p, c_int),
    "TF_TensorType": (c_int, c_void_p),
}
_COMPLETE: dict[str, tuple[Any, ...]] = {
    "TF_Version": (c_char_p,),
    "TF_NewGraph": (c_void_p,),
    "TF_NewSessionOptions": (c_void_p,),
    "TF_LoadSessionFromSavedModel": (
        c_void_p,
        *(c_void_p, c_void_p, c_char_p, POINTER(c_char_p), c_int),
        *(c_void_p, POINTER(Buffer), c_void_p),
    ),
    "TF_GraphOperationByName": (c_void_p, c_void_p, c_char_p),
    "TF_SessionRun": (
        None,
        *(c_void_p, c_void_p, _OUTPUTS, _TENSORS, c_int, _OUTPUTS, _TENSORS, c_int),
        *(c_void_p, c_int, c_void_p, c_void_p),
    ),
    "TF_StringInit": (None, c_void_p),
    "TF_StringCopy": (None, c_void_p, c_char_p, c_size_t),
    "TF_StringGetDataPointer": (c_void_p, c_void_p),
    "TF_StringGetSize": (c_size_t, c_void_p),
}


def installed_library() -> Path:
    """The folder of the installed TensorFlow, found without importing it.

    Raises:
        ModuleNotFoundError: There is none.
    """
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("TensorFlow is not installed.")
    return Path(spec.origin).parent


class NativeLibrary:
    """The functions of one TensorFlow; a process can hold no second one.

    Args:
        folder: `tensorflow/` of an unzipped wheel, or of an installation.
    """

    def __init__(self, folder: Path) -> None:
        framework = ctypes.CDLL(
            str(folder / "libtensorflow_framework.so.2"), mode=ctypes.RTLD_GLOBAL
        )
        complete = ctypes.CDLL(str(folder / "libtensorflow_cc.so.2"), mode=ctypes.RTLD_GLOBAL)
        self._functions = _typed(framework, _FRAMEWORK) | _typed(complete, _COMPLETE)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._functions[f"TF_{name}"]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def version(self) -> str:
        """As 2.21.0."""
        return str(self.Version().decode())

    def new_status(self) -> Any:
        """For one call."""
        return self.NewStatus()

    def require(self, status: Any) -> None:
        """Raise what a call said.

        Raises:
            RuntimeError: It failed.
        """
        if self.GetCode(status):
            raise RuntimeError(self.Message(status).decode())


def _typed(library: ctypes.CDLL, functions: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    found = {}
    for name, (result, *arguments) in functions.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
        found[name] = function
    return found
