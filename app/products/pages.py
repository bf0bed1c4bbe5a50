"""A product's page: what it is, its balances per branch, workflow and history."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.review import STATUS_NAMES, STATUS_TONES
from app.ledger.accounts import Product
from app.organisation.models import Branch
from app.products.commands import PRODUCT
from app.products.queries import BranchBalance, balances_of
from app.products.resource import PATH
from app.records.workflow import review_timeline, workflow_panel
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action


def product_detail(session: Session, actor: Actor, product: Product) -> dict[str, Any]:
    """Return the page of one product."""
    return {
        "title": product.name,
        "subtitle": f"{product.kind.title()} product · {product.code}",
        "ident": product.code,
        "badge": {
            "text": STATUS_NAMES[product.record_status],
            "tone": STATUS_TONES[product.record_status],
        },
        "back": {"label": "Chart of Accounts", "href": PATH},
        "actions": _actions(actor, product),
        "cards": [_general(session, product), _balances(session, product)],
        "tabs": [],
        "workflow": workflow_panel(session, actor, PRODUCT, product),
        "timeline": review_timeline(session, PRODUCT, product),
        "version": product.version,
    }


def _actions(actor: Actor, product: Product) -> list[dict[str, Any]]:
    if not (product.is_editable and holds(actor, "products.edit")):
        return []
    return [row_action("Edit", f"{PATH}/{product.id}/edit", "pencil", drawer=True)]


def _general(session: Session, product: Product) -> dict[str, Any]:
    names = session.scalars(select(Branch.name).where(Branch.id.in_(product.branch_ids)))
    branches = ", ".join(sorted(names)) if product.branch_ids else "Every branch"
    rows = [
        fact("Code", cells.ident(product.code)),
        fact("Type", cells.text(product.kind.title())),
        fact("Contract product", cells.flag(is_set=product.is_contract)),
        fact("Currency", cells.text(product.currency or "Any")),
        fact("Branches", cells.text(branches)),
        fact("Description", cells.text(product.description)),
        fact("Created", cells.instant(product.created_at)),
        fact("Version", cells.text(product.version)),
    ]
    return {"title": "General", "rows": rows, "open": True}


def _balances(session: Session, product: Product) -> dict[str, Any]:
    rows = [fact(one.branch, _amount(one)) for one in balances_of(session, product)]
    if not rows:
        rows = [fact("Balances are kept from the approval on", cells.text(""))]
    return {"title": "Balances per branch", "rows": rows, "open": True}


def _amount(one: BranchBalance) -> cells.Cell:
    return cells.money(one.minor, one.exponent, one.currency)
