"""Compliance: incidents, violations and penetration tests that are logged, tracked and closed."""
