"""The house's foreign currency: what it holds, what it is worth, what exchanging it earned."""
