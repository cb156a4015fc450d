"""Columns of the user's table that a network reads: numbers and categories, given or not."""
