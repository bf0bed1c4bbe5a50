"""The assets of accounts: added, activated, listed with their balances, deleted when unused."""
