"""Tenants from the inside: licence, projects, desks, branches, currencies; provisioning."""
