"""What the cells of a user's table say: numbers, names of columns, rows that repeat."""
