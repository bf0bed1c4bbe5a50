"""Every blueprint of the house, in the order of the floors."""

from flask import Flask


def register(app: Flask) -> None:
    """Register the slices' pages."""
