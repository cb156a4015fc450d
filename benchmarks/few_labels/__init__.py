"""Learning curves over labels: how much data does this problem need?"""
