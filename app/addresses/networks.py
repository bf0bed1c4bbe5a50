"""Addresses as their networks know them: their form, their check digits, and when two are one."""

import re
from collections.abc import Callable
from functools import partial

from app.kernel.checksums import RIPPLE58, is_base58check, is_bech32, is_eip55, is_segwit
from app.kernel.errors import Refusal

_HEX = re.compile(r"0x[0-9a-fA-F]{40}")
_ANY_HEX = re.compile(r"0x[0-9a-f]+")
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
# The forms of the networks that are known; of any other, what an address can be at all.
_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "bitcoin": (
        re.compile(
            rf"(?:bc1|tb1)[0-9a-z]{{11,87}}|(?:BC1|TB1)[0-9A-Z]{{11,87}}|[13mn2]{_BASE58}{{25,39}}"
        ),
        "begins with bc1, 1 or 3",
    ),
    "litecoin": (
        re.compile(rf"ltc1[0-9a-z]{{11,87}}|LTC1[0-9A-Z]{{11,87}}|[LM3]{_BASE58}{{25,39}}"),
        "begins with ltc1",
    ),
    "dogecoin": (re.compile(rf"[DA9]{_BASE58}{{25,39}}"), "begins with D"),
    "trc20": (re.compile(rf"T{_BASE58}{{33}}"), "is T and 33 letters or digits"),
    "solana": (re.compile(rf"{_BASE58}{{32,44}}"), "is 32 to 44 letters or digits"),
    "ripple": (re.compile(rf"r{_BASE58}{{24,34}}"), "begins with r"),
    "lightning": (
        re.compile(r"ln[0-9a-z]{10,2000}|LN[0-9A-Z]{10,2000}|[^\s@]{1,64}@[^\s@]{3,80}"),
        "begins with ln",
    ),
} | dict.fromkeys(("erc20", "bep20", "polygon"), (_HEX, "is 0x and 40 hexadecimal digits"))
_ANY = re.compile(r"[!-~]{6,200}")
# Offers of Lightning and what answers them carry no check digits (BOLT 12).
_UNCHECKED = ("lno1", "lni1", "lnr1")


def checked_address(network: str, typed: str) -> str:
    """Return the address; refused (422) where it cannot be one of the network.

    Check digits are reckoned where the network has them: Bech32 (BIP 173, BIP 350), Base58Check,
    the case of hexadecimal digits (EIP-55).
    """
    address = typed.strip()
    if not _ANY.fullmatch(address):
        raise Refusal("An address is 6 to 200 letters and digits without spaces", field="address")
    form = _FORMS.get(network.lower())
    if form is not None and not form[0].fullmatch(address):
        raise Refusal(f"An address of {network} {form[1]}", field="address")
    is_sound = _SUMS.get(network.lower())
    if is_sound is not None and not is_sound(address):
        raise Refusal(
            f"This is not a valid address of {network}: check its letters and digits",
            field="address",
        )
    return address


def address_key(address: str) -> str:
    """Return what two ways to write one address have in common.

    Hexadecimal digits, Bech32 and names such as "user@wallet.example" know no case; Base58 does.
    """
    folded = address.lower()
    is_name = "@" in folded or folded.startswith(_UNCHECKED)
    return folded if is_name or _ANY_HEX.fullmatch(folded) or is_bech32(address) else address


def _is_bitcoin(address: str) -> bool:
    return is_segwit(address) or is_base58check(address)


def _is_lightning(address: str) -> bool:
    return "@" in address or address.lower().startswith(_UNCHECKED) or is_bech32(address)


_SUMS: dict[str, Callable[[str], bool]] = {
    "bitcoin": _is_bitcoin,
    "litecoin": _is_bitcoin,
    "dogecoin": is_base58check,
    "trc20": is_base58check,
    "ripple": partial(is_base58check, alphabet=RIPPLE58),
    "lightning": _is_lightning,
} | dict.fromkeys(("erc20", "bep20", "polygon"), is_eip55)
