"""Behaviour tests of sentiment: what any model of English opinions should be able to do, in sentences of our own (CC0)."""
