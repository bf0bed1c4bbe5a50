"""What a configuration file carries of the list of banks: all but their credentials."""

from typing import Any

from app.banks.commands import BankTerms, CreateBank, EditBank, create_bank, edit_bank
from app.banks.models import Bank
from app.controls.portable import Portable, portable
from app.controls.work import Work


def add(work: Work, columns: dict[str, Any]) -> Bank:
    """Add the bank; which one is the default is said when all are there."""
    return work.session.get_one(Bank, create_bank(work, CreateBank(BankTerms(**columns))))


def save(work: Work, record: Bank, columns: dict[str, Any]) -> None:
    """Save the bank; its credentials stay, and the mark until all are saved."""
    terms = BankTerms(**columns | {"is_default": record.is_default})
    edit_bank(work, EditBank(record.id, record.version, terms))


portable(
    Portable(
        "banks",
        "Banks",
        Bank,
        "banks",
        identity=("country", "name"),
        fields=("address", "bank_code", "licence", "bic", "iban", "rules", "is_default"),
        marks=("is_default", ()),
        create=add,
        edit=save,
        renewable=True,
        longest=200,
        note="New ones come without credentials: a file never holds any.",
    )
)
