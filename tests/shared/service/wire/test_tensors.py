from __future__ import annotations

import numpy as np
import pytest

from shared.service.status import RequestError
from shared.service.wire.messages import message
from shared.service.wire.tensors import DTYPES, fill_tensors, read_tensors


def sent(**arrays: np.ndarray) -> dict[str, np.ndarray]:
    """As it arrives on the other side."""
    call = message("WorkerCall")()
    fill_tensors(call.inputs, arrays)
    return read_tensors(message("WorkerCall").FromString(call.SerializeToString()).inputs)


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0, 2), (2, 1, 3)])
def test_every_type_and_shape_arrives_as_it_was(dtype: np.dtype, shape: tuple[int, ...]) -> None:
    array = np.ones(shape, np.int8).astype(dtype)
    if dtype.kind == "O":
        array = np.empty(shape, object)
        array.ravel()[:] = [b"\x00\xff" + bytes([one]) for one in range(array.size)]
        array = array.reshape(shape)
    found = sent(x=array)["x"]
    assert found.dtype == dtype
    assert found.shape == shape
    assert found.tolist() == array.tolist()


def test_a_tensor_that_says_more_than_it_holds_is_refused() -> None:
    lying = message("TensorProto")(dtype=1, tensor_content=b"\x00" * 4)
    lying.tensor_shape.dim.add(size=2)
    with pytest.raises(RequestError, match="4 bytes, shape"):
        read_tensors({"x": lying})
    lying.tensor_shape.dim[0].size = 1 << 40
    with pytest.raises(RequestError, match="is not one of at most"):
        read_tensors({"x": lying})
