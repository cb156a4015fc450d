"""Distillation: a network learns from a run's answers beside the truth."""
