"""The HTML of one value, one icon, one row: what a page repeats by the hundred, made in Python.

A list of fifty rows calls for a thousand small pieces; as calls of macros they took most of the
page's time. Templates reach them as `markup.…`, by the macros of the same names. Every text is
escaped where it is put in.
"""
