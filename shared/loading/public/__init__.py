"""Public datasets `tfds:<dataset>`: described and built in `data/<dataset>/`; prepared, compared with a card and opened here."""
