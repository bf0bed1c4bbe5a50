"""The inbox of what waits for approval, and the pages that decide it."""
