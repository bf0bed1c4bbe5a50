"""Platforms: outside services that process payments and keep balances for a project."""
