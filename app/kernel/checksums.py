"""Check digits of networks' addresses: Bech32 with its later form, Base58Check, EIP-55."""

from collections.abc import Sequence
from hashlib import sha256

from Crypto.Hash import keccak

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_SUM, _BECH32M_SUM = 1, 0x2BC830A3
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_SUM_LETTERS = 6
_LONGEST_SEGWIT, _MOST_VERSIONS = 90, 16
_PROGRAM_BYTES, _FIRST_PROGRAM_BYTES = range(2, 41), (20, 32)

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE58 = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_PAYLOAD_BYTES, _CHECK_BYTES = 21, 4
_UPPER_FROM = 8


def is_segwit(typed: str) -> bool:
    """Tell whether an address of a witness program has its check digits (BIP 173, BIP 350)."""
    found = _bech32(typed)
    if found is None or len(typed) > _LONGEST_SEGWIT:
        return False
    version, *program = found[0][:-_SUM_LETTERS] or [_MOST_VERSIONS + 1]
    length, spare = divmod(len(program) * 5, 8)
    if version > _MOST_VERSIONS or length not in _PROGRAM_BYTES:
        return False
    # What is left over of the last letter is less than a letter, and nothing.
    if spare > 4 or (spare and program[-1] % (1 << spare)):  # noqa: PLR2004  bits of a letter
        return False
    if version == 0:
        return length in _FIRST_PROGRAM_BYTES and found[1] == _BECH32_SUM
    return found[1] == _BECH32M_SUM


def is_bech32(typed: str) -> bool:
    """Tell whether a text of any length and prefix has the check digits of Bech32 or Bech32m."""
    found = _bech32(typed)
    return found is not None and found[1] in {_BECH32_SUM, _BECH32M_SUM}


def is_base58check(typed: str, alphabet: str = BASE58) -> bool:
    """Tell whether an address is a version and 20 bytes with the check digits of Base58Check."""
    number = 0
    for letter in typed:
        place = alphabet.find(letter)
        if place < 0:
            return False
        number = number * len(alphabet) + place
    length = _PAYLOAD_BYTES + _CHECK_BYTES
    if number >> (length * 8):
        return False
    raw = number.to_bytes(length)
    # Each zero byte in front is a letter of its own, the alphabet's first.
    if len(typed) - len(typed.lstrip(alphabet[0])) != length - len(raw.lstrip(b"\0")):
        return False
    payload, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
    return sha256(sha256(payload).digest()).digest()[:_CHECK_BYTES] == check


def is_eip55(typed: str) -> bool:
    """Tell whether 0x and 40 hexadecimal digits have the case that checks them (EIP-55).

    Written in one case alone they have no check digits, and every address is valid.
    """
    digits = typed.removeprefix("0x")
    if digits in {digits.lower(), digits.upper()}:
        return True
    told = keccak.new(digest_bits=256, data=digits.lower().encode()).hexdigest()
    return all(
        digit.isdigit() or digit.isupper() == (int(place, 16) >= _UPPER_FROM)
        for digit, place in zip(digits, told, strict=False)
    )


def _bech32(typed: str) -> tuple[list[int], int] | None:
    """Return the values of the letters and the sum over all, or None for what is no Bech32."""
    text = typed.lower()
    prefix, one, letters = text.rpartition("1")
    if typed not in {text, typed.upper()} or not one or not prefix:
        return None
    values = [_BECH32.find(letter) for letter in letters]
    if len(values) < _SUM_LETTERS or -1 in values or not (text.isascii() and text.isprintable()):
        return None
    spread = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    return values, _polymod([*spread, *values])


def _polymod(values: Sequence[int]) -> int:
    """Return the remainder that BIP 173 reckons over five bits at a time."""
    remainder = 1
    for value in values:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            if top >> bit & 1:
                remainder ^= generator
    return remainder
