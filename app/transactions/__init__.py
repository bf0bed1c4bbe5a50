"""Deposits, withdrawals and transfers, and the list of all transactions."""
