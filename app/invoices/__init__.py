"""Invoices: what clients are asked to pay, the payments that settle them, their documents."""
