"""Statements of account as PDF."""
