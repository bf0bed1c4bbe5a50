"""The ledger: products, accounts, assets, transactions, immutable entries and holds."""
