"""A network that is handed all prepared tensors and reads those that it names."""

from __future__ import annotations

import keras

__all__ = ["reading_by_name"]


def reading_by_name(model: keras.Model) -> keras.Model:
    """The same model; of a dict of tensors it takes what it names and passes over the rest.

    `preprocess` gives tensors to the network and to baselines. Keras matches a dict with a model's
    own dict of inputs by position, so that a tensor more would shift all others; with a list of
    inputs it matches by name.

    Args:
        model: Functional, with named inputs. Layers and weights are shared, not copied.
    """
    return keras.Model(list(model.inputs), model.output, name=model.name)
