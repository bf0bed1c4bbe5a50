"""Short codes made from a record's number: "cbas00002d" is asset 85 in base 36."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_WIDTH = 6


def uid(prefix: str, number: int) -> str:
    """Write a positive number as prefix and six or more base-36 digits (W08.06, W09.07)."""
    digits = ""
    while number:
        number, remainder = divmod(number, 36)
        digits = _DIGITS[remainder] + digits
    return prefix + digits.rjust(_WIDTH, "0")
