"""Charges on schedule: maintenance fees, one-off charges and fees of overdrawn accounts."""
