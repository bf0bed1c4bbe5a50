"""What was deleted is found by one filter of every list, and its own page can do nothing more."""

import pytest
from flask import Flask

from app.db.base import Retirable
from app.funding.models import FundingSource
from app.ledger.accounts import Product
from app.ledger.models import Transaction
from app.web.filters import INLINE
from app.web.listing import listings

# Products are never deleted, a source is unlinked, and a transaction's draft leaves its list.
_OTHERWISE = {Product, FundingSource, Transaction}


@pytest.mark.checks("E40.05", "E40.06")
def test_every_list_of_what_can_be_deleted_has_inactive_under_its_status(app: Flask):
    found = 0
    for listing in listings.values():
        model = listing.key.class_
        if not issubclass(model, Retirable) or model in _OTHERWISE:
            continue
        found += 1
        shown = [one for one in listing.filters[:INLINE] if one.name == "status"]
        assert len(shown) == 1, f"{listing.name} has no status beside its search"
        assert "Status" in shown[0].label
        assert shown[0].default is not None, f"{listing.name} begins with what was deleted"
        assert shown[0].options is not None
        assert ("inactive", "Inactive") in tuple(shown[0].options(None, None)), listing.name
    assert found > 30
