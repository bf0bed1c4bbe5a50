"""Account numbers as the outside knows them: IBANs."""

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from app.kernel.errors import Refusal


def checked_iban(typed: str, *, field: str = "iban") -> str:
    """Return an IBAN without spaces; refused (422) by length, form or check digits (ISO 13616)."""
    try:
        return str(IBAN(typed, validate_bban=False).compact)
    except (SchwiftyException, ValueError):
        raise Refusal("This is not a valid IBAN: check its digits", field=field) from None
