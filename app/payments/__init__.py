"""Files of payments, such as a salary run: judged row by row, approved and posted as one."""
