"""Fitting a model under a tf.distribute strategy."""
