"""Pretrained encoders: where their files come from, what they are, and how they become layers."""
