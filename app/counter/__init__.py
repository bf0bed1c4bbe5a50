"""The counter: deposits, withdrawals, transfers and bonuses, as a teller types them."""
