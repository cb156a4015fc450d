"""Public datasets `tfds:<dataset>`: described and built in `data/<dataset>/`.

Prepared, compared with a card and opened here.
"""
