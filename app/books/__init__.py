"""Ledger > Reports: what the entries add up to, each figure with the entries behind it."""
