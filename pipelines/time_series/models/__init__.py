"""Networks, one file a family, and the layers that they and the preprocessing are made of."""
