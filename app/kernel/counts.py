"""How a number is told with what it counts."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 withdrawal" or "1,250 withdrawals"; `many` is for what an s does not make many."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
