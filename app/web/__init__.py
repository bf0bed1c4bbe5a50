"""What every page is made of: lists, forms, guards and answers."""
