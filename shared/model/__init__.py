"""What knows Keras and is used by several stages.

`target`, `categories`, `horizon`, `calibration` and `ood` are the twins of the files of the same
name in `shared.targets`: what is computed there with NumPy goes into the graph here.
"""
