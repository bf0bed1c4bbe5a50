"""The end of an account: it is closed for good, or another customer gets one in its place."""
