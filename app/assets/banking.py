"""The bank of a fiat asset: chosen from the list, and what its IBAN must then be (W10.15-19)."""

import re

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from app.banks.models import Bank
from app.controls.retiring import referred
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.ledger.models import Asset

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")


def banked(work: Work, asset: Asset, bank_id: int | None, address: str) -> tuple[int | None, str]:
    """Return a fiat asset's bank and address; an address left empty is the bank's IBAN (W10.06).

    Other assets have no bank. Refused (422): a bank that is not offered, an address that is an
    IBAN of another bank.
    """
    if asset.kind != "fiat":
        return None, address
    if bank_id is None:
        return None, address
    if bank_id != asset.bank_id:
        referred(work, Bank, bank_id, field="bank_id")
    compact = re.sub(r"\s", "", address).upper()
    if _IBAN.fullmatch(compact):
        demand_iban_of(work, bank_id, compact, field="address")
    return bank_id, address or work.session.get_one(Bank, bank_id).iban


def demand_iban_of(work: Work, bank_id: int | None, iban: str, *, field: str) -> None:
    """Refuse (422) an IBAN whose country or bank code is not the chosen bank's (W10.18)."""
    bank = work.session.get(Bank, bank_id) if bank_id is not None and iban else None
    if bank is None:
        return
    if not iban.startswith(bank.country):
        raise Refusal(f"IBANs of {bank.name} begin with {bank.country}", field=field)
    code = _bank_code(iban)
    if bank.bank_code and code and code != bank.bank_code:
        raise Refusal(
            f"This IBAN is of the bank {code}, and {bank.name} is {bank.bank_code}", field=field
        )


def _bank_code(iban: str) -> str:
    """Return the part of an IBAN that names the bank, where its country's form has one."""
    try:
        return str(IBAN(iban, allow_invalid=True).bank_code or "")
    except (SchwiftyException, ValueError):
        return ""
