"""Holds by hand and the register of all holds: who holds what, why, until when."""
