"""From the user's tables to rows."""
