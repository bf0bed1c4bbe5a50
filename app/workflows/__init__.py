"""Loan workflows: the stages from application to disbursement, and who acts in each."""
