"""Money, rates, dates and refusals: pure Python that every other floor may use."""
