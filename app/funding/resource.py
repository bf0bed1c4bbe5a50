"""Funding sources as a list, as a tab of their asset, and as a page."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.assets.resource import projects
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.funding.models import KINDS, PENDING, REJECTED, STATUSES, VERIFIED, FundingSource
from app.ledger.models import Asset
from app.records.naming import named
from app.trail.pages import tabs_of
from app.web import cells
from app.web.listing import Column, Filter, Listing, by_id, contains, equals, within_days
from app.web.pages import fact
from app.web.respond import row_action

PATH = "/admin/funding-sources"
VERIFY = "Verify"
TONES = {PENDING: "warning", VERIFIED: "success", REJECTED: "danger"}


def source_select(actor: Actor) -> Select[Any]:
    """Select what the list and the tab show, inside the actor's scope."""
    return (
        select(
            *(
                getattr(FundingSource, name)
                for name in (
                    "id", "bank_name", "kind", "name", "last4", "status", "asset_id",
                    "external_id", "created_at", "updated_at", "client_id",
                )
            ),
            Asset.uid.label("asset"),
            Asset.currency.label("currency"),
            Client.name.label("owner"),
        )
        .outerjoin(Asset, Asset.id == FundingSource.asset_id)
        .outerjoin(Client, Client.id == FundingSource.client_id)
        .where(*visible(actor, FundingSource), FundingSource.retired_at.is_(None))
    )  # fmt: skip


def sources_of_asset(session: Session, actor: Actor, asset_id: int) -> list[dict[str, Any]]:
    """Return the rows of the asset's tab (V03.06)."""
    query = source_select(actor).where(FundingSource.asset_id == asset_id)
    return [
        {
            "id": row.id,
            "label": f"{row.bank_name} ••{row.last4}",
            "bank": cells.text(row.bank_name, href=f"{PATH}/{row.id}"),
            "kind": KINDS[row.kind],
            "name": row.name,
            "last4": row.last4,
            "status": cells.badge(row.status, TONES[row.status]),
            "created": cells.instant(row.created_at),
        }
        for row in session.execute(query.order_by(FundingSource.id))
    ]


def source_choices(
    session: Session, actor: Actor, asset_ids: list[int], *, only_verified: bool
) -> list[tuple[int, str]]:
    """Return the sources money may come from, or go to where they must be verified."""
    query = source_select(actor).where(FundingSource.asset_id.in_(asset_ids))
    wanted = (VERIFIED,) if only_verified else (VERIFIED, PENDING)
    return [
        (row.id, f"{row.bank_name} ••{row.last4}")
        for row in session.execute(query.where(FundingSource.status.in_(wanted)))
    ]


def source_detail(
    actor: Actor, source: FundingSource, asset: Asset, *, tab: str = "", obstacle: str | None = None
) -> dict[str, Any]:
    """Return the page of one source: no more of its number than the last four (V07.03).

    `obstacle` is why the person cannot verify it, told beside the button.
    """
    actions = [] if source.retired_at else _actions(actor, source)
    free = [one for one in actions if not (obstacle and one["label"] == VERIFY)]
    path = f"{PATH}/{source.id}"
    return {
        "title": source.bank_name,
        "subtitle": f"{KINDS[source.kind]} account ••{source.last4}",
        "ident": "",
        "badge": {"text": source.status, "tone": TONES[source.status]},
        "back": {"label": "Funding sources", "href": PATH},
        "actions": free,
        "cards": [] if tab else [_general(source, asset)],
        "tabs": tabs_of(actor, path, tab),
        "workflow": None,
        "timeline": None,
        "version": source.version,
        "obstacle": obstacle,
        **({"extra": "funding/_own_work.html"} if free != actions and not tab else {}),
    }


def _general(source: FundingSource, asset: Asset) -> dict[str, Any]:
    wallet = cells.text(
        f"{asset.uid} {asset.currency}", href=f"/admin/assets/{asset.id}", drawer=False
    )
    rows = [
        fact("Wallet", wallet),
        fact("Entity id", cells.text(source.external_id)),
        fact("Status", cells.badge(source.status, TONES[source.status])),
        fact("Type", cells.text(KINDS[source.kind])),
        fact("Bank name", cells.text(source.bank_name)),
        fact("Name", cells.text(source.name)),
        fact("Last4", cells.text(source.last4)),
        fact("Created at", cells.instant(source.created_at)),
        fact("Updated at", cells.instant(source.updated_at)),
    ]
    if source.rejection_reason:
        rows.insert(3, fact("Reason", cells.text(source.rejection_reason)))
    if source.retired_at:
        rows.append(fact("Unlinked at", cells.instant(source.retired_at)))
    return {"title": "General", "rows": rows, "open": True}


def _actions(actor: Actor, source: Any) -> list[dict[str, Any]]:
    path = f"{PATH}/{source.id}"
    actions = []
    if holds(actor, "funding.verify") and source.status != VERIFIED:
        actions.append(row_action(VERIFY, f"{path}/verify", "badge-check", dialog=True,
                                  primary=True))  # fmt: skip
    if holds(actor, "funding.verify") and source.status != REJECTED:
        actions.append(row_action("Reject", f"{path}/reject", "ban", dialog=True))
    if holds(actor, "funding.edit"):
        actions.append(row_action("Edit", f"{path}/edit", "pencil", drawer=True))
    if holds(actor, "funding.delete"):
        actions.append(row_action("Unlink", f"{path}/delete", "trash-2", dialog=True, danger=True))
    return actions


def _owner(row: Any) -> cells.Cell:
    return cells.text(row.owner, href=f"/admin/clients/{row.client_id}")


FUNDING_SOURCES = Listing(
    name="funding-sources",
    title="Funding sources",
    section="Core Banking",
    path=PATH,
    select=source_select,
    key=FundingSource.id,
    columns=(
        Column("id", "ID", lambda row: cells.ident(str(row.id))),
        Column("bank", "Bank name", lambda row: cells.text(row.bank_name),
               sort=FundingSource.bank_name, priority=1),
        Column("type", "Type", lambda row: cells.text(KINDS[row.kind]), sort=FundingSource.kind),
        Column("wallet", "Wallet", lambda row: cells.text(
            f"{row.asset} {row.currency}", href=f"/admin/assets/{row.asset_id}"), priority=1),
        Column("status", "Status", lambda row: cells.badge(row.status, TONES[row.status]),
               sort=FundingSource.status, priority=1),
        Column("created", "Created at", lambda row: cells.instant(row.created_at),
               sort=FundingSource.id),
        Column("owner", "Owner", _owner, shown=False),
        Column("name", "Name", lambda row: cells.text(row.name), shown=False),
        Column("last4", "Last4", lambda row: cells.text(row.last4), shown=False),
        Column("entity", "Entity id", lambda row: cells.text(row.external_id), shown=False),
        Column("updated", "Updated at", lambda row: cells.instant(row.updated_at), shown=False),
    ),
    filters=(
        Filter("status", "Status", "choices", equals(FundingSource.status),
               lambda _s, _a: tuple((one, one) for one in STATUSES)),
        Filter("type", "Type", "choices", equals(FundingSource.kind),
               lambda _s, _a: tuple(KINDS.items())),
        Filter("project", "Project", "choices", by_id(FundingSource.project_id), projects),
        Filter("asset", "Wallet", "text", by_id(FundingSource.asset_id),
               named("asset", Asset)),
        Filter("created", "Created", "dates", within_days(FundingSource.created_at)),
    ),
    search=contains(FundingSource.bank_name, FundingSource.name, FundingSource.last4, Asset.uid,
                    Client.name),
    search_hint="Bank, name, last four, wallet or owner",
    sort="-created",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: f"{row.bank_name} ••{row.last4}",
    actions=lambda row, who: _actions(who, row),
    empty="Link a bank account on the page of an asset.",
)  # fmt: skip
