"""Account numbers and addresses as the outside knows them: IBANs, and networks' addresses."""

import re

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from app.kernel.errors import Refusal

_HEX = re.compile(r"0x[0-9a-fA-F]{40}")
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
# The forms of the networks that are known; of any other, what an address can be at all.
_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "bitcoin": (
        re.compile(rf"(?:bc1|tb1)[0-9a-z]{{11,87}}|[13mn2]{_BASE58}{{25,39}}"),
        "begins with bc1, 1 or 3",
    ),
    "litecoin": (re.compile(rf"ltc1[0-9a-z]{{11,87}}|[LM3]{_BASE58}{{25,39}}"), "begins with ltc1"),
    "dogecoin": (re.compile(rf"[DA9]{_BASE58}{{25,39}}"), "begins with D"),
    "trc20": (re.compile(rf"T{_BASE58}{{33}}"), "is T and 33 letters or digits"),
    "solana": (re.compile(rf"{_BASE58}{{32,44}}"), "is 32 to 44 letters or digits"),
    "ripple": (re.compile(rf"r{_BASE58}{{24,34}}"), "begins with r"),
    "lightning": (re.compile(r"ln[0-9a-z]{10,2000}|[^\s@]{1,64}@[^\s@]{3,80}"), "begins with ln"),
} | dict.fromkeys(("erc20", "bep20", "polygon"), (_HEX, "is 0x and 40 hexadecimal digits"))
_ANY = re.compile(r"[!-~]{6,200}")


def checked_iban(typed: str, *, field: str = "iban") -> str:
    """Return an IBAN without spaces; refused (422) by length, form or check digits (ISO 13616)."""
    try:
        return str(IBAN(typed, validate_bban=False).compact)
    except (SchwiftyException, ValueError):
        raise Refusal("This is not a valid IBAN: check its digits", field=field) from None


def checked_address(network: str, typed: str) -> str:
    """Return the address; refused (422) where it cannot be one of the network."""
    address = typed.strip()
    if not _ANY.fullmatch(address):
        raise Refusal("An address is 6 to 200 letters and digits without spaces", field="address")
    form = _FORMS.get(network.lower())
    if form is not None and not form[0].fullmatch(address):
        raise Refusal(f"An address of {network} {form[1]}", field="address")
    return address
