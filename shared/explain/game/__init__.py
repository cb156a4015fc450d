"""One row as a game: what can be removed from it, what is asked, and what is answered."""
