"""Credit: the classes that facilities are opened under.

A facility class links products of the chart of accounts, which stand above the reference data; so
it is kept here, on the floor of lending, and not among the lists of the organisation.
"""
