"""The reports of the house: each is a name, what it asks for, and a function that works it out."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.books.capital import capital_adequacy
from app.books.daily_journal import daily_journal
from app.books.financial import balance_sheet, profit_and_loss, trial_balance
from app.books.general_ledger import general_ledger
from app.books.large_payments import large_payments
from app.books.parameters import Parameters
from app.books.tables import Table


@dataclass(frozen=True, slots=True)
class Report:
    """A report at /admin/reports/<key>; `asks` names the fields of its form.

    `terms` is the page of what it is worked out by, for whoever may edit reports.
    """

    key: str
    title: str
    description: str
    icon: str
    asks: tuple[str, ...]
    build: Callable[[Session, Parameters], Table]
    terms: str = ""


REPORTS = {
    report.key: report
    for report in (
        Report(
            "trial-balance",
            "Trial balance",
            "Every product of the chart of accounts on its side, at a day.",
            "scale",
            ("last", "branch"),
            trial_balance,
        ),
        Report(
            "balance-sheet",
            "Balance sheet",
            "What the house has and what it owes, at a day.",
            "landmark",
            ("last", "branch"),
            balance_sheet,
        ),
        Report(
            "profit-and-loss",
            "Profit and loss",
            "What was earned and spent over a period.",
            "chart-column",
            ("first", "last", "branch"),
            profit_and_loss,
        ),
        Report(
            "general-ledger",
            "General ledger",
            "One account's entries over a period, with the balance after each.",
            "book-open",
            ("account", "currency", "first", "last"),
            general_ledger,
        ),
        Report(
            "journal",
            "Transaction journal",
            "Every transaction of some days with its debits and credits.",
            "notebook-text",
            ("first", "last", "branch"),
            daily_journal,
        ),
        Report(
            "aml-transactions",
            "AML transactions",
            "Customers' transactions that reach a threshold, alone or added up in a day.",
            "shield-alert",
            ("threshold", "first", "last", "branch"),
            large_payments,
        ),
        Report(
            "capital-adequacy",
            "Capital adequacy",
            "Capital beside what the house risks, and the ratios a supervisor asks for.",
            "shield-check",
            ("last",),
            capital_adequacy,
            terms="/admin/reports/capital-adequacy/terms",
        ),
    )
}
