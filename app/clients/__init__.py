"""Clients and their identity documents."""
