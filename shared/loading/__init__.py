"""From the user's files to batches: tables, splits, tf.data."""
