"""Activity rules: approved conditions that move an account to another status (E22)."""
