"""The clients' own area as its templates want it: texts, signs and addresses."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any

from flask import g, request
from sqlalchemy import Row

from app.controls.identity import Actor
from app.controls.tenant import Organisation
from app.interest.queries import Accrued
from app.kernel.money import format_minor
from app.ledger.accounts import Account
from app.ledger.kinds import kind_name
from app.ledger.models import Asset
from app.localisation.menu import language_menu, reader, text_for_client
from app.markup.words import reader_language
from app.notices.queries import notices_of
from app.portal.queries import MovementPage, OwnAccount, OwnMovement
from app.snippets.queries import snippets_at
from app.statements.commands import shown_date
from app.statements.queries import StatementPage
from app.statements.resource import shown_period
from app.statements.views import making_of
from app.web import cells
from app.web.context import read_session

PATH = "/portal"
NOTICES = f"{PATH}/notices"
_MOST_NOTICES = 5
_TABS = (
    ("Balances", PATH),
    ("Add money", f"{PATH}/add-money"),
    ("Invoices", f"{PATH}/invoices"),
    ("Statements", f"{PATH}/statements"),
    ("Requests", f"{PATH}/requests"),
)


def frame(who: Actor, tenant: Organisation | None) -> dict[str, Any]:
    """Return what stands around every page: the house, the client and the tabs."""
    if "portal" not in g:
        g.portal = {
            "organisation": tenant.name if tenant else "Countinghouse",
            "client": who.name,
            "initials": "".join(part[0] for part in who.name.split()[:2]).upper(),
            "languages": language_menu(read_session(), who),
            "said": text_for_client,
            "notices": [
                {"href": f"{NOTICES}/{one.id}", "title": one.title, "text": one.text}
                for one in notices_of(read_session(), who, unread_only=True)[:_MOST_NOTICES]
            ],
            "snippets": partial(_snippets, who, tenant),
            "entries": [
                {"label": label, "href": href, "current": _is_current(href)}
                for label, href in _TABS
            ],
        }
    made: dict[str, Any] = g.portal
    return made


def _snippets(who: Actor, tenant: Organisation | None, place: str) -> list[str]:
    """Return what the client's project has put into a page, in the client's language."""
    values = {"client": who.name, "organisation": tenant.name if tenant else ""}
    language = reader_language().code
    return snippets_at(read_session(), reader(), place, language=language, values=values)


def _is_current(href: str) -> bool:
    if href == PATH:
        return request.path == PATH or request.path.startswith(f"{PATH}/assets/")
    return request.path.startswith(href)


def account_card(one: OwnAccount) -> dict[str, Any]:
    """Return an account with its assets' balances."""
    return {
        "name": one.account.name,
        "number": one.account.number,
        "is_suspended": not one.account.is_active,
        "assets": [balances(asset, one.accrued.get(asset.id, Accrued())) for asset in one.assets],
    }


def balances(asset: Asset, accrued: Accrued) -> dict[str, Any]:
    """Return an asset's figures as texts; `accrued` is interest that is not posted yet."""

    def shown(minor: int) -> str:
        return format_minor(minor, asset.exponent)

    available_minor = asset.available_minor
    if asset.platform_id is not None and asset.platform_minor is not None:
        # What an asset's platform told stands for what is kept here (W06.13).
        available_minor = asset.platform_minor
    return {
        "href": f"{PATH}/assets/{asset.id}",
        "currency": asset.currency,
        "available": shown(available_minor),
        "held": shown(asset.held_minor),
        "has_holds": asset.held_minor > 0,
        "ledger": shown(asset.balance_minor),
        "overdraft": shown(asset.overdraft_minor) if asset.overdraft_minor else "",
        "bonus": shown(asset.bonus_minor) if asset.bonus_minor else "",
        "earned": shown(accrued.credit_minor) if accrued.credit_minor else "",
        "owed": shown(accrued.debit_minor) if accrued.debit_minor else "",
    }


def asset_name(account: Account, asset: Asset) -> str:
    """Name an asset for its client, with its currency once."""
    name = account.name
    return name if name.endswith(asset.currency) else f"{name} · {asset.currency}"


def asset_title(account: Account, asset: Asset) -> str:
    """Name an asset where it is chosen among others: with the number of its account."""
    return f"{asset_name(account, asset)} · {account.number}"


def movement_days(page: MovementPage, asset: Asset) -> list[dict[str, Any]]:
    """Return the movements under the days they were posted on, newest first."""
    return [
        {"day": shown_date(day), "movements": [_movement(one, asset) for one in group]}
        for day, group in groupby(page.movements, key=_posted)
    ]


def _posted(one: OwnMovement) -> date:
    posted: date = one.row.posting_date
    return posted


def _movement(one: OwnMovement, asset: Asset) -> dict[str, Any]:
    return {
        "text": one.text,
        "reference": one.row.reference,
        "is_in": one.is_in,
        "is_bonus": one.row.bucket == "bonus",
        "amount": format_minor(one.row.amount_minor, asset.exponent),
        "balance": format_minor(one.row.balance_after_minor, asset.exponent),
    }


def pager(page: MovementPage, path: str) -> dict[str, str | None]:
    """Return the addresses of the pages beside."""
    return {
        "older_href": f"{path}?older={page.older_than}" if page.older_than else None,
        "newer_href": f"{path}?newer={page.newer_than}" if page.newer_than else None,
    }


def hold_lines(rows: Sequence[Row[Any]], asset: Asset) -> list[dict[str, str]]:
    """Return what is on hold and why."""
    return [
        {
            "text": _hold_text(row, asset),
            "reference": row.reference or row.planned or "",
            "amount": format_minor(row.amount_minor, asset.exponent),
            "until": f"reserved {_until(row)}",
        }
        for row in rows
    ]


def upcoming_lines(rows: Sequence[Row[Any]]) -> list[dict[str, str]]:
    """Return what will be paid later: when, what for, how much."""
    return [
        {
            "day": shown_date(row.execution_on),
            "text": _purpose(row, row.asset_id),
            "reference": row.reference,
            "amount": format_minor(row.amount_minor, row.exponent),
            "currency": row.currency,
        }
        for row in rows
    ]


def _until(hold: Row[Any]) -> str:
    return f"for {shown_date(hold.execution_on)}" if hold.planned else "until decided"


def _purpose(planned: Row[Any], asset_id: int) -> str:
    """Return what a planned payment takes from an asset for."""
    return next(
        str(line["narrative"])
        for line in planned.lines
        if line["asset_id"] == asset_id and line["side"] == "D"
    )


def _hold_text(row: Row[Any], asset: Asset) -> str:
    if row.planned:
        return _purpose(row, asset.id)
    what = kind_name(row.kind or "reserved")
    return f"{what} to {row.beneficiary}" if row.beneficiary else what


def statement_line(page: StatementPage) -> dict[str, Any]:
    """Return one made or waited-for statement of the list."""
    statement = page.statement
    return making_of(page, f"{PATH}/statements/{statement.id}") | {
        "id": statement.id,
        "subject": statement.subject_name,
        "period": shown_period(statement),
        "requested": cells.instant(statement.created_at),
    }
