"""The dashboard as its template wants it: figures as texts, each leading to what it counts."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from app.access.models import User
from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.kernel.counts import counted
from app.kernel.money import format_minor
from app.ledger.kinds import INCOMING, KINDS, OUTGOING, kind_name
from app.statements.commands import shown_date
from app.transactions.resource import TONES
from app.web import cells
from app.workspace.performance import managers_of_month, shown_month
from app.workspace.queries import (
    EXPIRING_DAYS,
    Turnover,
    daily_turnover,
    last_sign_ins,
    newest_transactions,
    platform_figures,
    turnover_of,
    waiting_by_level,
    work_by_state,
)

Figures: TypeAlias = Callable[[Session, Actor, Organisation], list[dict[str, Any]]]
_BAR_HEIGHT = 72
_WHOLE = 100
_more: list[Figures] = []


def adds_figures(figures: Figures) -> None:
    """Let a higher slice add its figures to an organisation's dashboard, made by `figure`."""
    _more.append(figures)


def figure(
    label: str, value: object, note: str, icon: str, *, tone: str = "", href: str = ""
) -> dict[str, Any]:
    """Return a figure of the dashboard; `tone` is success, warning, danger or info."""
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    return {
        "label": label,
        "value": shown,
        "note": note,
        "icon": icon,
        "tone": tone,
        "href": href,
    }


def organisation_dashboard(session: Session, who: Actor, tenant: Organisation) -> dict[str, Any]:
    """Return the day's figures of an organisation, as far as this person sees it."""
    day = tenant.business_date
    sees_money = holds(who, "transactions.view")
    turnover = turnover_of(session, who, day) if sees_money else []
    month = None
    if sees_money and holds(who, "clients.view"):
        month = shown_month(managers_of_month(session, who, tenant), tenant)
    return {
        "title": "Dashboard",
        "subtitle": f"{tenant.name} on {shown_date(day)}",
        "stats": [
            *([_posted(turnover, day)] if sees_money else []),
            *([_waiting(session, who)] if holds(who, "approvals.view") else []),
            *_work(work_by_state(session, tenant.id)),
            *(one for figures in _more for one in figures(session, who, tenant)),
        ],
        "month": month,
        "month_stats": _month(month) if month else [],
        "turnover": [_turnover(one) for one in turnover],
        "flow_note": f"In are {_kinds(INCOMING)}; out are {_kinds(OUTGOING)}.",
        "trend": _trend(session, who, tenant) if sees_money else None,
        "newest": _newest(session, who) if sees_money else None,
        "sign_ins": _sign_ins(session, tenant.id) if holds(who, "users.view") else None,
        "licences": None,
    }


def platform_dashboard(session: Session) -> dict[str, Any]:
    """Return the platform's figures, for its people who chose no organisation."""
    today = door.clock().date()
    figures = platform_figures(session, today)
    soon = [one for one in figures.expiring if one.expires_on >= today]
    return {
        "title": "Dashboard",
        "subtitle": f"The platform on {shown_date(today)}",
        "stats": [
            figure("Organisations", figures.organisations, "on this platform", "building-2"),
            figure("Valid licences", figures.active, "active and not expired", "badge-check"),
            figure(
                "Expiring soon",
                len(soon),
                f"within {EXPIRING_DAYS} days",
                "calendar",
                tone="warning" if soon else "",
            ),
            figure(
                "Expired",
                figures.expired,
                "past their last day",
                "triangle-alert",
                tone="danger" if figures.expired else "",
            ),
            *_work(work_by_state(session, None)),
        ],
        "month": None,
        "month_stats": [],
        "turnover": None,
        "trend": None,
        "newest": None,
        "sign_ins": _sign_ins(session, None),
        "licences": [_licence(one, today) for one in figures.expiring],
    }


def _kinds(counted_kinds: Collection[str]) -> str:
    names = [f"{kind_name(one).lower()}s" for one in KINDS if one in counted_kinds]
    return " and ".join((", ".join(names[:-1]), names[-1]))


def _posted(turnover: list[Turnover], day: date) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for one in turnover:
        for kind, number in one.counts.items():
            counts[kind] = counts.get(kind, 0) + number
    named = (("deposit", "deposit"), ("withdrawal", "withdrawal"), ("transfer_out", "transfer"))
    notes = [counted(counts[kind], word) for kind, word in named if counts.get(kind)]
    total = sum(counts.values())
    if rest := total - sum(counts.get(kind, 0) for kind, _word in named):
        notes.append(counted(rest, "of another kind", "of other kinds"))
    href = f"/admin/transactions?posting_from={day}&posting_to={day}"
    return figure(
        "Posted today", total, ", ".join(notes) or "nothing yet", "arrow-up-down", href=href
    )


def _month(month: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        figure("Turnover this month", month["turnover"], f"{month['currency']}, in and out",
              "chart-column"),
        figure("Clients registered", month["clients"], f"in {month['name']}", "users",
              href="/admin/clients"),
        figure("First-time deposits", month["first_deposits"], f"clients in {month['name']}",
              "badge-check"),
    ]  # fmt: skip


def _waiting(session: Session, who: Actor) -> dict[str, Any]:
    levels = waiting_by_level(session, who)
    note = ", ".join(f"{number:,} at L{level}" for level, number in levels.items() if number)
    total = sum(levels.values())
    return figure(
        "Waiting for approval",
        total,
        note or "nothing waits",
        "circle-check",
        tone="warning" if total else "",
        href="/admin/approvals",
    )


def _work(states: dict[str, int]) -> list[dict[str, Any]]:
    due = states.get("waiting", 0) + states.get("running", 0)
    running = states.get("running", 0)
    failed = states.get("failed", 0)
    return [
        figure("Work under way", due, f"{running:,} being done now", "clock"),
        figure(
            "Failed work",
            failed,
            "gave up after all attempts" if failed else "all is well",
            "circle-alert",
            tone="danger" if failed else "success",
        ),
    ]


def _turnover(one: Turnover) -> dict[str, Any]:
    def shown(minor: int) -> str:
        return format_minor(minor, one.exponent)

    both = one.in_minor + one.out_minor
    net = one.in_minor - one.out_minor
    return {
        "currency": one.currency,
        "number": sum(one.counts.values()),
        "in": shown(one.in_minor),
        "out": shown(one.out_minor),
        "in_sign": "in" if one.in_minor else "",
        "out_sign": "out" if one.out_minor else "",
        "moved": shown(one.moved_minor) if one.moved_minor else "",
        "net": shown(net),
        "net_sign": "in" if net > 0 else "out" if net < 0 else "",
        "has_flow": both > 0,
        "in_share": one.in_minor * _WHOLE // both if both else 0,
    }


def _trend(session: Session, who: Actor, tenant: Organisation) -> dict[str, Any]:
    days = daily_turnover(session, who, tenant.business_date)
    largest = max((max(pair) for pair in days.values()), default=0)

    def shown(minor: int) -> str:
        return format_minor(minor, tenant.base_exponent)

    def height(minor: int) -> int:
        return max(minor * _BAR_HEIGHT // largest, 2) if minor else 0

    return {
        "currency": tenant.base_currency,
        "is_empty": largest == 0,
        "days": [
            {
                "label": shown_date(day),
                "short": f"{day.day}",
                "in": shown(money_in),
                "out": shown(money_out),
                "in_height": height(money_in),
                "out_height": height(money_out),
            }
            for day, (money_in, money_out) in days.items()
        ],
    }


def _newest(session: Session, who: Actor) -> list[dict[str, Any]]:
    return [
        {
            "href": f"/admin/transactions/{row.id}",
            "reference": row.reference,
            "kind": kind_name(row.kind),
            "client": row.client or "The house",
            "sign": row.direction if row.direction in {"in", "out"} else "",
            "amount": format_minor(row.amount_minor, row.exponent),
            "currency": row.currency,
            "status": row.processing,
            "tone": TONES[row.processing],
            "when": cells.instant(row.created_at),
        }
        for row in newest_transactions(session, who)
    ]


def _sign_ins(session: Session, organisation_id: int | None) -> list[dict[str, Any]]:
    return [_sign_in(user) for user in last_sign_ins(session, organisation_id)]


def _sign_in(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "email": user.email,
        "initials": "".join(part[0] for part in user.name.split()[:2]).upper(),
        "when": cells.instant(user.last_signed_in_at),
    }


def _licence(row: Any, today: date) -> dict[str, Any]:
    left = (row.expires_on - today).days
    words = "expired" if left < 0 else "ends today" if left == 0 else f"{counted(left, 'day')} left"
    return {
        "href": f"/admin/licences/{row.id}",
        "name": row.name,
        "expires": shown_date(row.expires_on),
        "left": words,
        "tone": "danger" if left < 0 else "warning",
    }
