"""Allocations: the accounts that share a facility, and the overdraft each of them is permitted."""
