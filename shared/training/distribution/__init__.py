"""Sharing a training among devices and workers."""
