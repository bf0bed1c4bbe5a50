"""The clause that finds transactions by a part of what they show, for pages and exports."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    any_,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.clients.models import Client
from app.controls.audit import Activity
from app.db.session import database
from app.db.types import BigId
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.transactions.search import TransactionSearch, waiting_rows

SHORTEST_INDEXED = 3
NEWEST_ROWS = 10_000
SAMPLED_ROWS = 5_000
_COMMON_ONE_IN = 100
_SEARCHED = (
    "public_id", "uid", "reference", "source", "source_email", "beneficiary", "description",
    "external_id",
)  # fmt: skip


def search_clause(typed: str, organisation_id: int, *, most: int | None) -> ColumnElement[bool]:
    """Return a search for any part of any text, whatever its case (W09.28).

    `most` keeps a word that nearly all have from being looked up everywhere: the newest so many
    are enough for a page. Fewer than three characters have no trigram: they are looked for
    among the newest rows.
    """
    if len(typed) < SHORTEST_INDEXED:
        return among(Transaction.id, _by_columns(typed, newest_of=organisation_id))
    texts = _by_text(typed, organisation_id)
    if most is not None:
        newest = texts.order_by(texts.selected_columns[0].desc()).limit(most).subquery()
        texts = select(newest.c[0])
    return among(Transaction.id, union_all(texts, _by_columns(typed, newest_of=None)))


def walked_clause(typed: str) -> ColumnElement[bool]:
    """Return the same search as a look at each row's text, in whatever order rows are walked.

    For a word that many have, beside a filter or a sort: fifty rows are soon found, where looking
    up all that have the word took seconds.
    """
    own = select(TransactionSearch.text).where(TransactionSearch.transaction_id == Transaction.id)
    has_it = own.scalar_subquery().contains(typed.lower(), autoescape=True)
    return or_(has_it, among(Transaction.id, _by_columns(typed, newest_of=None)))


def is_common(session: Session, typed: str, organisation_id: int) -> bool:
    """Tell whether one in a hundred of the newest texts, or more, has the word."""
    newest = (
        select(TransactionSearch.organisation_id, TransactionSearch.text)
        .order_by(TransactionSearch.transaction_id.desc())
        .limit(SAMPLED_ROWS)
        .subquery()
    )
    found = select(func.count()).where(
        newest.c.organisation_id == organisation_id,
        newest.c.text.contains(typed.lower(), autoescape=True),
    )
    return (session.scalar(found) or 0) * _COMMON_ONE_IN >= SAMPLED_ROWS


def among(column: Any, ids: Select[Any] | CompoundSelect[Any]) -> ColumnElement[bool]:
    """Match a column against ids that are looked up first.

    PostgreSQL joins no more than eight tables by thought; a list that joins ten would look the
    ids up last. As an array they come first and an index finds their rows.
    """
    if database.is_postgresql:
        looked_up = func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger))
        matched: ColumnElement[bool] = column == any_(looked_up)
        return matched
    return column.in_(ids)  # type: ignore[no-any-return]


def _by_text(typed: str, organisation_id: int) -> Select[Any]:
    if database.is_postgresql:
        return select(TransactionSearch.transaction_id).where(
            TransactionSearch.organisation_id == organisation_id,
            TransactionSearch.text.contains(typed.lower(), autoescape=True),
        )
    phrase = '"' + typed.replace('"', '""') + '"'
    return (
        select(literal_column("rowid", BigId).label("transaction_id"))
        .select_from(text("transaction_text"))
        .where(text("transaction_text MATCH :phrase").bindparams(phrase=phrase))
    )


def _by_columns(typed: str, *, newest_of: int | None) -> Select[Any]:
    """Search the newest rows of an organisation, or those that wait for their text."""
    one, asset, account, client = (
        aliased(model) for model in (Transaction, Asset, Account, Client)
    )
    columns = (
        *(getattr(one, name) for name in _SEARCHED),
        asset.uid,
        account.number,
        client.name,
        client.email,
    )
    clauses = [column.icontains(typed, autoescape=True) for column in columns]
    digits = typed.replace(",", "").replace(".", "")
    if digits.isascii() and digits.isdigit():
        clauses.append(cast(one.amount_minor, String).contains(digits))
    rows = (
        among(one.id, waiting_rows().with_only_columns(Activity.entity_id))
        if newest_of is None
        else one.id > _newest_from(newest_of)
    )
    return (
        select(one.id)
        .outerjoin(asset, asset.id == one.asset_id)
        .outerjoin(account, account.id == one.account_id)
        .outerjoin(client, client.id == one.client_id)
        .where(rows, or_(*clauses))
    )


def _newest_from(organisation_id: int) -> Any:
    newest = aliased(Transaction)
    mine = select(newest.id).where(newest.organisation_id == organisation_id)
    edge = mine.order_by(newest.id.desc()).offset(NEWEST_ROWS).limit(1)
    return func.coalesce(edge.scalar_subquery(), 0)
