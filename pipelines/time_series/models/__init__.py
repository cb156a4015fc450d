"""Network families, one file each: tensors of the preprocessing in, scores out."""
