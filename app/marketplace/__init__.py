"""Marketplace: what a project sells, who ordered it, and the outside systems it works with."""
