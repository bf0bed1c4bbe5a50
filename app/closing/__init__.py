"""Close of business: a day is closed step by step, its books sealed, the next day opened."""
