"""Group tables and gaps. Never imports TensorFlow."""
