"""What closing a gap gains and costs."""
