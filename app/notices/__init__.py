"""What a person is told without asking: something waits, failed, is finished or comes due."""
