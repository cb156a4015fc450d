"""How training scales, and what our training loop costs."""
