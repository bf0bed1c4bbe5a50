"""Files that hold the same payments."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.review import DENIED
from app.payments.models import PaymentFile


def earlier_file(session: Session, record: PaymentFile) -> PaymentFile | None:
    """Return the newest earlier file with the same payments, where any of them may be posted.

    They are the same in another order, and whichever of them could be posted by then.
    """
    query = select(PaymentFile).where(
        PaymentFile.organisation_id == record.organisation_id,
        PaymentFile.typed_sha256 == record.typed_sha256,
        PaymentFile.typed_sha256 != "",
        PaymentFile.id < record.id,
        PaymentFile.wrong_count < PaymentFile.row_count,
        PaymentFile.retired_at.is_(None),
        PaymentFile.record_status != DENIED,
        PaymentFile.state != "failed",
    )
    return session.scalars(query.order_by(PaymentFile.id.desc()).limit(1)).first()
