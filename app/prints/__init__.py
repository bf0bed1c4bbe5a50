"""Pages of templates/pdf as PDF, laid out by a process of its own."""
