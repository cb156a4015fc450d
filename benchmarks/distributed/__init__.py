"""How training scales."""
