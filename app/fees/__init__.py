"""What things cost: transaction codes, commission types, company fees, and the price of a move."""
