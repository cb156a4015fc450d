"""What a pipeline has served beside its predictions."""
