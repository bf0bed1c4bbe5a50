"""Agents: people who serve customers for a branch, within their hours and their zone."""
