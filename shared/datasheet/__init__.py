"""What a source of data is like, told before anything is trained on it.

Balance, duplicates, shift, leaks. Never imports TensorFlow.
"""
