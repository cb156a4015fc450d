"""The linear model that a sceptic would try first, as a part of a pipeline's preprocess.

`linear` fits it with scikit-learn on the training split alone; `scores` puts it into a graph.
"""
