"""What `monitor` writes: what it found in a batch, and what it remembers between batches."""
