"""Screens and commands of products, accounts and assets."""
