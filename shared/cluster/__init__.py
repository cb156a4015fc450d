"""Which processes train together.

How a process learns of its cluster, and how a local cluster is started. Never imports TensorFlow.
"""
