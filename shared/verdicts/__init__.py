"""What the numbers of a run amount to, in words: the only place of the rules and their thresholds.

The report, the terminal and the gate show the same verdicts. Plain words, no HTML, no TensorFlow.
"""
