"""Addresses: the wallets of crypto assets, each on a network that the project configures."""
