"""What reads what, what is stale, and running it."""
