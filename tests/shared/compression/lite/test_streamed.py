from __future__ import annotations

import numpy as np

from shared.compression.lite.litert import convert_endpoint
from shared.compression.lite.streamed import StreamedStep, step_endpoint
from shared.serving.streaming.client import hear_pieces
from shared.serving.streaming.endpoint import first_state
from tests.shared.serving.streaming.sums import STEP, endpoint, summing


def test_a_converted_step_carries_the_state_of_the_served_endpoint() -> None:
    stream = summing()
    rows = np.random.default_rng(0).normal(size=(2, 5 * STEP)).astype(np.float32)
    lite = StreamedStep(convert_endpoint(step_endpoint(stream, ()), "float32"))
    steps = np.split(rows, 5, axis=1)
    served = endpoint(stream)
    expected = hear_pieces(served, stream, [rows])["scores"]
    np.testing.assert_allclose(hear_pieces(lite, stream, steps)["scores"], expected, atol=1e-5)
    # What one was told, the other goes on with.
    before = lite({"signal": steps[0], **first_state(stream, 2)})
    state = {name: values for name, values in before.items() if name.startswith("state_")}
    after = served({"signal": steps[1], **state})
    np.testing.assert_allclose(after["scores"][:, 0], expected[:, 1], atol=1e-5)
