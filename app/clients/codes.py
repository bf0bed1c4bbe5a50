"""What a customer is by the organisation's lists: title, gender, marital status, type, rating.

The customer keeps the codes, so that what was approved and what the log says can be read.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.records.models import Coded
from app.reference.codes import CustomerRating, CustomerType, Gender, MaritalStatus, Title

LISTS: dict[str, type[Coded]] = {
    "title_code": Title,
    "gender": Gender,
    "marital_status": MaritalStatus,
    "customer_type": CustomerType,
    "rating": CustomerRating,
}


def demand_codes(work: Work, person: Any, saved: Client | None, *, kind: str) -> None:
    """Refuse a code that is not in use in its list, unless the saved customer has it already.

    A type of customer is of individuals or of companies: it has to be of this `kind`.
    """
    for key, model in LISTS.items():
        code = getattr(person, key, "")
        if not code or (saved is not None and getattr(saved, key) == code):
            continue
        query = select(model).where(
            model.organisation_id == work.actor.tenant_id,
            model.code == code,
            model.retired_at.is_(None),
        )
        found = work.session.scalars(query).one_or_none()
        is_other_kind = isinstance(found, CustomerType) and found.kind != kind
        if found is None or is_other_kind:
            raise Refusal("Choose an entry of the list", field=key)


def name_of(session: Session, client: Client, key: str) -> str:
    """Return what people read for one of the customer's codes; the code of one that is gone."""
    code, model = getattr(client, key), LISTS[key]
    query = select(model.name).where(
        model.organisation_id == client.organisation_id, model.code == code
    )
    return (code and session.scalars(query.order_by(model.id.desc())).first()) or code


def kind_of(session: Session, organisation_id: int, customer_type: str) -> str:
    """Return whether a type is of individuals or of companies; of none, it is an individual."""
    query = select(CustomerType.kind).where(
        CustomerType.organisation_id == organisation_id, CustomerType.code == customer_type
    )
    in_use_first = query.order_by(CustomerType.retired_at.is_not(None), CustomerType.id.desc())
    return session.scalars(in_use_first).first() or "individual"
