"""Pipelines: what a project's CI/CD servers tell of their runs (M03.23)."""
