"""Watching a training: its speed, its progress, its curves, and a loss that is no number."""
