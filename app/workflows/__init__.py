"""Loan workflows: the stages a loan goes through, from application to disbursement, and who acts."""
