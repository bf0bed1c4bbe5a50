"""Plain records of one project: the mixin, two commands for all lists of them, their pages."""
