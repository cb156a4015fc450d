"""Keyword spotting on long recordings: false alarms, misses, delay, and time a step."""
