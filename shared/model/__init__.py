"""What knows Keras and is used by several stages: the twins of `shared.targets`, under the same file names."""
