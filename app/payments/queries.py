"""Files that hold the same payments, and those that add up in base currency."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.controls.review import DENIED
from app.controls.tenant import Organisation
from app.controls.usage import used_by
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


@used_by(Organisation, "payment files")
def files_of(row: Organisation) -> Select[int]:
    """Select the files, whose totals are in base currency."""
    return select(PaymentFile.id).where(
        PaymentFile.organisation_id == row.id, PaymentFile.retired_at.is_(None)
    )
