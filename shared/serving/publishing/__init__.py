"""From a run to a folder that TensorFlow Serving watches: versions, labels, rollback."""
