"""Tenant currencies: what an organisation keeps books in, and its dated history of rates."""
