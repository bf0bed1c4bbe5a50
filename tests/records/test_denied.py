"""What was denied for good keeps nobody from drafting it right under its code."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.conditions.base_rates import CreateBaseRate
from app.conditions.models import BaseRate
from app.controls.commands import perform
from app.credit.commands import CreateFacilityClass
from app.credit.models import FacilityClass
from app.fees.commands import CreateTransactionCode
from app.fees.models import TransactionCode
from app.kernel.errors import Conflict
from app.workflows.commands import CreateWorkflowType
from app.workflows.models import WorkflowType
from tests import factories


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=())


@pytest.mark.parametrize(
    ("command", "model"),
    [
        (CreateBaseRate("CBR", "Central bank", Decimal(9), date(2027, 2, 1)), BaseRate),
        (CreateTransactionCode("FEE", "both", "Charges"), TransactionCode),
        (CreateFacilityClass("LEASE", "Leases"), FacilityClass),
        (CreateWorkflowType("LEASE", "Leases of firms"), WorkflowType),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_denied_record_leaves_its_code_to_others(house, command: Any, model: Any):
    first = perform(command, house.administrator)
    with pytest.raises(Conflict):
        perform(command, house.administrator)
    factories.change(house, model, first, record_status="DENIED")
    assert perform(command, house.administrator) != first
    with pytest.raises(Conflict):
        perform(command, house.administrator)
