"""The interest engine: balance snapshots, accruals, their booking and posting at each close."""
