"""What a training cost: time, memory, energy, emissions, operations.

Measured or estimated, with limits.
"""
