"""What every record shares: commands, permissions, approval, log, numbers, due work."""
