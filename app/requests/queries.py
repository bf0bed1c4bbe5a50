"""What was said about a request."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.requests.models import RequestMessage, ServiceRequest

MOST_MESSAGES = 500


def conversation(
    session: Session, one: ServiceRequest, *, for_client: bool = False
) -> Sequence[RequestMessage]:
    """Return the messages in their order, the last 500; a client is shown no notes."""
    query = select(RequestMessage).where(
        RequestMessage.organisation_id == one.organisation_id,
        RequestMessage.request_id == one.id,
    )
    if for_client:
        query = query.where(RequestMessage.is_note.is_(False))
    newest = query.order_by(RequestMessage.id.desc()).limit(MOST_MESSAGES)
    return session.scalars(newest).all()[::-1]
