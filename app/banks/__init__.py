"""Banks where the organisation's customers hold fiat money, and how each of them is reached."""
