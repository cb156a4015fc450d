"""Closing gaps between groups while training.

By weights of rows, by which rows are shown, or by what is minimised.
"""
