"""Selective state spaces over tokens: what a state keeps and forgets depends on what is read.

Mamba, or S6 (Gu & Dao 2023, "Mamba: linear-time sequence modeling with selective state spaces"),
section 3. Cost is linear in the number of tokens. In stock operations: the paper's fused kernel
keeps states out of memory, here all of them are held while training.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

__all__ = ["SelectiveScan", "linear_scan", "state_space_block"]

_BLOCK = 8
"""Tokens that are scanned one after the other; measured, 4 to 16 cost about the same."""
_CHANNELS_OF_A_RANK = 16  # the paper's rank of step sizes: a sixteenth of the width
_SHORTEST_STEP, _LONGEST_STEP = 1e-3, 1e-1  # at first, section 3.6


def linear_scan(decay: Any, drive: Any) -> Any:
    """All h of h[t] = decay[t] · h[t − 1] + drive[t], from h = 0; of the shape of both.

    The steps (a, b) compose: (a₂, b₂) after (a₁, b₁) is (a₁a₂, a₂b₁ + b₂), which is associative, so
    that blocks are scanned side by side, then the ends of the blocks likewise (Blelloch 1990,
    "Prefix sums and their applications", section 1.2). Work is linear in the number of steps; one
    after the other come some 8 · log₈(steps). Keras' `associative_scan` halves instead, which took
    twice as long here, for 1.5 to 4 times as long a trace.

    Args:
        decay: (batch, steps, …); only the batch may be free.
        drive: Of the same shape.
    """
    num_steps, *tail = decay.shape[1:]
    if num_steps <= _BLOCK:
        return ops.stack(_in_turn(decay, drive)[1], axis=1)
    num_blocks = -(-num_steps // _BLOCK)
    behind = [[0, 0], [0, num_blocks * _BLOCK - num_steps], *([[0, 0]] * len(tail))]

    def in_blocks(values: Any) -> Any:
        """(batch, steps, …) -> (batch, places in a block, blocks, …)."""
        blocks = ops.reshape(ops.pad(values, behind), (-1, num_blocks, _BLOCK, *tail))
        return ops.moveaxis(blocks, 2, 1)

    decays, states = _in_turn(in_blocks(decay), in_blocks(drive))
    ends = linear_scan(decays[-1], states[-1])
    entered = ops.pad(ends[:, :-1], [[0, 0], [1, 0], *([[0, 0]] * len(tail))])
    whole = [a * entered + h for a, h in zip(decays, states, strict=True)]
    return ops.reshape(ops.stack(whole, axis=2), (-1, num_blocks * _BLOCK, *tail))[:, :num_steps]


def _in_turn(decay: Any, drive: Any) -> tuple[list[Any], list[Any]]:
    """(batch, steps, …) each -> products of decays and states after each step."""
    decays = [decay[:, 0]]
    states = [drive[:, 0]]
    for step in range(1, decay.shape[1]):
        states.append(decay[:, step] * states[-1] + drive[:, step])
        decays.append(decay[:, step] * decays[-1])
    return decays, states


@keras.saving.register_keras_serializable(package="plumbline")
class SelectiveScan(keras.layers.Layer):
    """A few states for each channel, which the tokens write, forget and read.

    Algorithm 2 of the paper: h[t] = exp(Δ[t] A) h[t − 1] + Δ[t] B[t] x[t] and y[t] = C[t] h[t] +
    D x[t], where Δ, B and C are linear in the token x[t]. A begins as −1, −2, … for the states of
    every channel (S4D-real), and the step sizes Δ are spread over the channels from 0.001 to 0.1.

    Args:
        num_states: Of each channel.
    """

    def __init__(self, num_states: int, **options: Any) -> None:
        super().__init__(**options)
        self.num_states = num_states

    def build(self, tokens_shape: Any, mask_shape: Any = None) -> None:
        """Make the weights."""
        del mask_shape
        width = tokens_shape[-1]
        rank = -(-width // _CHANNELS_OF_A_RANK)
        shapes = {"coarse_steps": (width, rank), "fine_steps": (rank, width)}
        shapes |= dict.fromkeys(("writing", "reading"), (width, self.num_states))
        self.kernels = {
            name: self.add_weight(shape=shape, initializer="glorot_uniform", name=name)
            for name, shape in shapes.items()
        }
        self.log_rates = self._fitted("log_rates", np.log(self._first_rates(width)))
        steps = np.geomspace(_SHORTEST_STEP, _LONGEST_STEP, width)
        self.step_bias = self._fitted("step_bias", np.log(np.expm1(steps)))  # softplus(bias) = step
        self.skip = self.add_weight(shape=(width,), initializer="ones", name="skip")
        super().build(tokens_shape)

    def call(self, tokens: Any, mask: Any = None) -> Any:
        """(batch, tokens, width) -> the same shape.

        Args:
            tokens: Their number is known.
            mask: (batch, tokens) float, 1 on tokens; states stay as they are on others.
        """
        # Products of many decays lose all digits in half precision.
        read = ops.cast(tokens, self.variable_dtype)
        steps = ops.softplus(self._mixed(read, "coarse_steps", "fine_steps") + self.step_bias)
        if mask is not None:
            steps = steps * ops.expand_dims(ops.cast(mask, steps.dtype), -1)
        decay = ops.exp(-ops.expand_dims(steps, -1) * ops.exp(self.log_rates))
        written = ops.expand_dims(self._mixed(read, "writing"), 2)  # (batch, tokens, 1, states)
        states = linear_scan(decay, ops.expand_dims(steps * read, -1) * written)
        asked = ops.expand_dims(self._mixed(read, "reading"), 2)
        # (batch, tokens, width, states) -> (batch, tokens, width)
        told = ops.sum(states * asked, axis=-1) + self.skip * read
        return ops.cast(told, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "num_states": self.num_states}

    def _mixed(self, read: Any, *names: str) -> Any:
        for name in names:
            read = ops.matmul(read, self.kernels[name])
        return read

    def _first_rates(self, width: int) -> Any:
        return np.tile(np.arange(1.0, self.num_states + 1.0), (width, 1))

    def _fitted(self, name: str, values: Any) -> Any:
        """A weight that begins with these values."""

        def begin(shape: Any, dtype: Any = None) -> Any:
            del shape
            return ops.convert_to_tensor(values, dtype)

        return self.add_weight(shape=values.shape, initializer=begin, name=name)


def state_space_block(
    tokens: Any,
    *,
    num_states: int,
    widening: int,
    kernel: int,
    dropout: float,
    seed: int,
    name: str,
    mask: Any = None,
) -> Any:
    """The paper's block: a causal convolution and a scan beside a gate, (batch, tokens, width).

    Section 3.4. No token sees a later one.

    Args:
        tokens: (batch, tokens, width), their number known.
        num_states: Of each channel of the scan.
        widening: Channels of the scan, in widths of a token.
        kernel: Tokens that the convolution sees.
        dropout: Of what the block adds.
        seed: Of the dropout.
        name: Of the layers.
        mask: (batch, tokens) float, 1 on tokens; others are neither read nor written. None: all
            count.
    """
    width = tokens.shape[-1]
    inner = widening * width
    normed = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm")(tokens)
    both = layers.Dense(2 * inner, use_bias=False, name=f"{name}_in")(normed)
    read = both[..., :inner]
    gate = both[..., inner:]
    if mask is not None:
        read = read * ops.expand_dims(mask, -1)
    before = layers.ZeroPadding1D((kernel - 1, 0), name=f"{name}_before")(read)
    read = ops.silu(layers.DepthwiseConv1D(kernel, name=f"{name}_convolution")(before))
    scan = SelectiveScan(num_states, name=f"{name}_scan")
    told = (scan(read) if mask is None else scan(read, mask)) * ops.silu(gate)
    added = layers.Dense(width, use_bias=False, name=f"{name}_out")(told)
    return tokens + layers.Dropout(dropout, seed=seed, name=f"{name}_drop")(added)
