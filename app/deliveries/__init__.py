"""Deliveries: statements that are made by themselves, mailed or printed for the post."""
