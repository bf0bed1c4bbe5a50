"""Double-entry transactions typed line by line: batches, exchange rates, balance."""
