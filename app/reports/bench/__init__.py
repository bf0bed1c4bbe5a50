"""How fast the product is beside the bare database, measured in one run on one machine."""
