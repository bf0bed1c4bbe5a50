"""Collateral: what a customer pledges for a facility, and what it was valued at over time."""
