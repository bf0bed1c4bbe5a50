"""What is written into a file that a spreadsheet opens must not run there as a formula."""

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(value: str) -> str:
    """Quote what a spreadsheet would run as a formula; a plain number stays a number."""
    if value.startswith(_DANGEROUS) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(value: str) -> bool:
    return value.removeprefix("-").replace(".", "", 1).isdigit()
