"""Corporate customers: the company itself, its directors, its shareholders and its contacts."""
