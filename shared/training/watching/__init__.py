"""What is seen of a training while it runs: progress, curves, waiting for data, and the stop at a loss that is no number."""
