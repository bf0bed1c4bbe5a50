"""What is booked later: forward-dated transactions and the standing orders that make them."""
