"""Trial balance, balance sheet, and profit and loss: the chart of accounts at a day."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.books.parameters import Parameters
from app.books.sums import ProductSum, account_sums, product_sums
from app.books.tables import Column, Row, Table
from app.kernel.money import Money
from app.ledger.accounts import Product

PATH = "/admin/reports"
_MOST_ACCOUNTS = 1_000
_SIDES = (Column("debit", "Debit", "money"), Column("credit", "Credit", "money"))
_BALANCE = (
    Column("code", "Code", "ident"),
    Column("name", "Account"),
    Column("balance", "Balance", "money"),
)
_KINDS = {"asset": "Assets", "liability": "Liabilities", "income": "Income", "expense": "Expenses"}
_OTHER_BRANCHES = "Due to or from other branches"
_OUT_OF_SIGHT = "On accounts you may not see"


def trial_balance(session: Session, asked: Parameters) -> Table:
    """Return every product's balance on its side; the two columns are equal."""
    if asked.product_id is not None:
        return _accounts(session, asked)
    found = product_sums(session, asked)
    return Table(
        title="Trial balance",
        columns=(Column("code", "Code", "ident"), Column("name", "Product"), *_SIDES),
        rows=_balanced(asked, found),
        facts=(("As of", asked.last.isoformat()),),
        notes=asked.scope_notes,
    )


def balance_sheet(session: Session, asked: Parameters) -> Table:
    """Return assets, liabilities and the result so far, which makes them equal (W01.21)."""
    found = product_sums(session, asked)
    result = sum(one.net_minor for one in found if one.kind in {"income", "expense"})
    return Table(
        title="Balance sheet",
        columns=_BALANCE,
        rows=_sheet(asked, found, result),
        facts=(("As of", asked.last.isoformat()),),
        notes=asked.scope_notes,
    )


def profit_and_loss(session: Session, asked: Parameters) -> Table:
    """Return income less expenses of a period (W01.22)."""
    found = product_sums(session, asked, since=asked.first)
    result = sum(one.net_minor for one in found if one.kind in {"income", "expense"})
    rows = [*_group(asked, found, "income"), *_group(asked, found, "expense")]
    word = "Profit" if result >= 0 else "Loss"
    rows.append(Row({"name": word, "balance": asked.base.money(result)}, "total"))
    return Table(
        title="Profit and loss",
        columns=_BALANCE,
        rows=rows,
        facts=(("From", asked.first.isoformat()), ("To", asked.last.isoformat())),
        notes=asked.scope_notes,
    )


def _accounts(session: Session, asked: Parameters) -> Table:
    product = session.get(Product, asked.product_id)
    mine = product is not None and product.organisation_id == asked.actor.tenant_id
    found = account_sums(session, asked, most=_MOST_ACCOUNTS + 1) if mine else []
    rows = [
        Row(
            {
                "code": row.number,
                "name": row.name,
                **_on_its_side(asked, row.credit - row.debit),
            },
            href=_ledger_href(asked, row.number),
        )
        for row in found[:_MOST_ACCOUNTS]
    ]
    notes: tuple[str, ...] = ()
    if len(found) > _MOST_ACCOUNTS:
        notes = (f"The first {_MOST_ACCOUNTS:,} accounts are shown.",)
    return Table(
        title="Trial balance",
        columns=(Column("code", "Account", "ident"), Column("name", "Name"), *_SIDES),
        rows=rows,
        facts=(
            ("Product", product.title() if mine and product else "Unknown"),
            ("As of", asked.last.isoformat()),
        ),
        notes=notes,
    )


def _balanced(asked: Parameters, found: list[ProductSum]) -> Iterator[Row]:
    for one in found:
        yield Row(
            {"code": one.code, "name": one.name, **_on_its_side(asked, one.net_minor)},
            href=drill(asked, "trial-balance", product=one.product_id),
        )
    difference = -sum(one.net_minor for one in found)
    if difference:
        yield Row({"name": _difference_name(asked), **_on_its_side(asked, difference)})
    sides = [one.net_minor for one in found] + [difference]
    total = sum(net for net in sides if net > 0)
    money = asked.base.money(total)
    yield Row({"name": "Total", "debit": money, "credit": money}, "total")


def _sheet(asked: Parameters, found: list[ProductSum], result: int) -> Iterator[Row]:
    assets = sum(one.balance_minor for one in found if one.kind == "asset")
    liabilities = sum(one.balance_minor for one in found if one.kind == "liability")
    yield from _group(asked, found, "asset")
    yield from _group(asked, found, "liability")
    money = asked.base.money
    yield Row({"name": "Equity"}, "heading")
    yield Row(
        {"name": "Result so far", "balance": money(result)}, href=drill(asked, "profit-and-loss")
    )
    difference = assets - liabilities - result
    if difference:
        yield Row({"name": _difference_name(asked), "balance": money(difference)})
    yield Row(
        {
            "name": "Total liabilities and equity",
            "balance": money(liabilities + result + difference),
        },
        "total",
    )


def _group(asked: Parameters, found: Iterable[ProductSum], kind: str) -> Iterator[Row]:
    yield Row({"name": _KINDS[kind]}, "heading")
    total = 0
    for one in found:
        if one.kind == kind:
            total += one.balance_minor
            values = {
                "code": one.code,
                "name": one.name,
                "balance": asked.base.money(one.balance_minor),
            }
            yield Row(values, href=drill(asked, "trial-balance", product=one.product_id))
    name = f"Total {_KINDS[kind].lower()}"
    yield Row({"name": name, "balance": asked.base.money(total)}, "total")


def _on_its_side(asked: Parameters, net_minor: int) -> dict[str, Money | None]:
    """Put a net amount (credits less debits) into the column of its side."""
    money = asked.base.money(abs(net_minor))
    is_credit = net_minor > 0
    return {"debit": None if is_credit else money, "credit": money if is_credit else None}


def drill(asked: Parameters, report: str, **more: int | str) -> str:
    """Return the address of another report of the same day and branch."""
    values: dict[str, int | str] = {"last": asked.last.isoformat(), **more}
    if asked.branch_id is not None:
        values["branch"] = asked.branch_id
    return f"{PATH}/{report}?{urlencode(values)}"


def _ledger_href(asked: Parameters, number: str) -> str:
    return drill(asked, "general-ledger", account=number, first=asked.first.isoformat())


def _difference_name(asked: Parameters) -> str:
    return _OUT_OF_SIGHT if asked.is_narrow else _OTHER_BRANCHES
