"""The years of work: which days are worked, by approval."""
