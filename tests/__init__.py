"""The tests: `python3 -m tests` runs every one of them, on both databases."""
