"""What is seen of a training while it runs.

Progress, curves, waiting for data, and the stop at a loss that is no number.
"""
