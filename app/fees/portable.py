"""What a configuration file carries of transaction codes."""

from app.fees.codes import TRANSACTION_CODE, CreateTransactionCode, create_transaction_code
from app.fees.models import SIDES
from app.records.portable import carry_reviewed

carry_reviewed(
    TRANSACTION_CODE,
    key="transaction_codes",
    title="Transaction codes",
    identity=("code",),
    fields=("description", "side"),
    choices={"side": lambda: SIDES},
    create=lambda work, columns: create_transaction_code(
        work, CreateTransactionCode(**columns, submit=True)
    ),
)
