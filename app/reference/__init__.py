"""Configuration of a project: account types, currencies, sub-types and statuses; identity types."""
