"""Which processes train together: how a process learns of its cluster, and how a local cluster is started. Never imports TensorFlow."""
