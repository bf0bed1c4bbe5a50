"""Importing another bank's books: its clients, accounts and transactions, from CSV files."""
