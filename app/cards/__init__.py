"""Cards of customers: each draws on one or two assets of an account."""
