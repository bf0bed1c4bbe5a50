"""The chart of accounts: products, their approval and their balances per branch."""
