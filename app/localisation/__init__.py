"""The words of a project in other languages: labels, longer texts and letters."""
