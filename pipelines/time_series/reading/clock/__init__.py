"""Formats, calendars and zones of stamps: what can be told, and what can be advised."""
