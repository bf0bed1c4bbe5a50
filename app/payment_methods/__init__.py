"""Payment methods of a project: how clients bring money in and have it sent out (W05)."""
