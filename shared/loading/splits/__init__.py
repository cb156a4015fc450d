"""Which example falls into which split, and what is set aside."""
