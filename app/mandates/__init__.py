"""Mandates: who may sign for the transactions of an account."""
