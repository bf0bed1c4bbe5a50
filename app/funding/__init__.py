"""Funding sources: external bank accounts that assets are paid from and pay out to."""
