"""Images of rare classes, made for training by a model of the training split."""
