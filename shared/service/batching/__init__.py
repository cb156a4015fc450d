"""Requests that wait, and which of them share a batch."""
