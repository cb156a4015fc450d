"""Behaviour tests of sentiment.

What any model of English opinions should be able to do, in sentences of our own (CC0).
"""
