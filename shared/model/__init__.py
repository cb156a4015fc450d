"""What knows Keras and is used by several stages.

The twins of `shared.targets`, under the same file names.
"""
