"""Sample values for the style guide: something to show in every component, no record behind."""

from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from app.web import cells
from app.web.forms import Form, chosen, options, required
from app.web.pages import fact
from app.web.respond import row_action

_TONES = ("Success", "Warning", "Danger", "Info", "Neutral", "Primary")
_PALETTE = (
    "slate", "red", "orange", "amber", "lime", "green", "teal", "cyan", "blue", "indigo",
    "violet", "pink",
)  # fmt: skip
_CLIENTS = ("Amina Wanjiru", "Brian Otieno", "Chloé Lefèvre", "Daniel Kiptoo")
_HERE = "/styleguide"


class SampleForm(Form):
    """One field of every kind."""

    name = StringField("Name", required("Name"))
    email = EmailField("Work email")
    password = PasswordField("Password")
    amount = StringField("Amount", description="Up to two decimals")
    value_date = DateField("Value date", chosen("Value date"))
    branch = SelectField("Branch", choices=options({"1": "Nairobi HQ", "2": "Mombasa"}))
    narrative = TextAreaField("Narrative", default="School fees, term 3")
    roles = SelectMultipleField("Roles", choices=options({"t": "Teller", "m": "Manager"}))
    kind = RadioField("Kind", choices=options({"i": "Individual", "c": "Corporate"}), default="i")
    colour = RadioField(
        "Colour", choices=options((one, one.capitalize()) for one in _PALETTE), default="teal"
    )
    active = BooleanField("Active")
    notify = BooleanField("Tell the client", default=True)


def sample() -> dict[str, Any]:
    """Return what templates/styleguide.html shows."""
    form = SampleForm()
    form.name.errors = ["Name is required"]
    return {
        "form": form,
        "kinds": {"amount": "amount", "colour": "palette", "notify": "switch"},
        "hints": {"email": "You sign in with it."},
        "badges": [{"text": tone, "tone": tone.lower()} for tone in _TONES],
        "palette": _PALETTE,
        "cells": _cells(),
        "detail": _detail(),
        "changes": _changes(),
        "page": _page(),
    }


def _cells() -> list[cells.Cell]:
    statuses = [
        {"value": "paid", "label": "Paid", "tone": "success"},
        {"value": "void", "label": "Void", "tone": "danger"},
    ]
    return [
        cells.money(93_770_36, 2, "EUR", sign="in"),
        cells.money(-1_234_50, 2, "USD", sign="out"),
        cells.ident("ACC-00001020"),
        cells.toggle("Active", is_on=True, post_href=_HERE),
        cells.toggle("Active", is_on=False, post_href=_HERE),
        cells.flag(is_set=True),
        cells.icon("banknote", "Deposit"),
        cells.status_menu("Paid", "success", post_href=_HERE, options=statuses),
    ]


def _detail() -> dict[str, Any]:
    rows = [
        fact("Reference", cells.ident("TXN-00004711")),
        fact("Amount", cells.money(-412_330_10, 2, "KES", sign="out")),
        fact("Client", cells.text("Kamau Holdings Ltd", href=_HERE)),
        fact("Description", cells.text("School fees, term 3")),
    ]
    return {
        "actions": [
            row_action("Edit", _HERE, "pencil", primary=True),
            row_action("History", _HERE, "history"),
            row_action("Reverse", _HERE, "undo-2", danger=True),
        ],
        "tabs": [
            {"label": "General", "href": _HERE, "current": True},
            {"label": "History", "href": f"{_HERE}?tab=history", "current": False},
        ],
        "cards": [{"title": "General", "open": True, "rows": rows}],
        "workflow": _workflow(),
        "timeline": [
            {
                "title": "Approved at level 1",
                "who": "Brian Otieno",
                "when": "20 Nov, 14:20",
                "text": "Checked with the client.",
                "tone": "success",
                "icon": "check",
            },
            {"title": "Created", "who": "Alice Wafula", "when": "20 Nov, 14:03", "text": ""},
        ],
    }


def _workflow() -> dict[str, Any]:
    own = "You captured this record; another person must approve it."
    return {
        "status": "Pending L2",
        "tone": "warning",
        "stage": "Waiting for Level 2 approval",
        "note": "Please check the beneficiary's name.",
        "buttons": [
            _button("Approve", "primary", own),
            _button("Reject", "secondary", None),
            _button("Deny", "danger", None),
        ],
        "info": [{"label": "Maker", "text": "Alice Wafula"}],
    }


def _button(label: str, tone: str, disabled_reason: str | None) -> dict[str, Any]:
    return {"label": label, "href": _HERE, "tone": tone, "disabled_reason": disabled_reason}


def _changes() -> list[dict[str, Any]]:
    return [
        _change("Description", "modified", "School fees", "School fees, term 3"),
        _change("Email", "modified", "Encrypted", "Encrypted", guard="Encrypted"),
        _change("Branch", "added", "", "Mombasa"),
    ]


def _change(label: str, kind: str, before: str, after: str, *, guard: str = "") -> dict[str, Any]:
    return {"label": label, "kind": kind, "before": before, "after": after, "guard": guard}


def _page() -> dict[str, Any]:
    return {
        "name": "sample",
        "title": "Transactions",
        "section": "Core Banking",
        "action": _HERE,
        "total": {"text": "1,284", "exact": True},
        "share_href": _HERE,
        "views": [{"name": "All", "href": _HERE, "current": True, "delete_href": None}],
        "view_save_href": None,
        "search": {"value": "", "placeholder": "Reference or client"},
        "filters": [_filter()],
        "more": None,
        "filters_hidden": [],
        "chips": [{"label": "Status", "value": "Paid", "href": _HERE}],
        "drop_href": _HERE,
        "chooser": None,
        "columns": _columns(),
        "bulk": [],
        "rows": [_row(number, name) for number, name in enumerate(_CLIENTS, start=4711)],
        "sorted": ["Reference"],
        "descending": True,
        "pager": {
            "text": "1 to 4 of 1,284",
            "first_href": None,
            "previous_href": None,
            "next_href": f"{_HERE}?after=4",
        },
        "empty": None,
    }


def _filter() -> dict[str, Any]:
    return {
        "name": "status",
        "label": "Status",
        "kind": "choices",
        "value": "",
        "values": frozenset({"paid"}),
        "low": "",
        "high": "",
        "options": (("paid", "Paid"), ("void", "Void")),
    }


def _columns() -> list[dict[str, Any]]:
    headings = (("reference", "Reference"), ("client", "Client"), ("amount", "Amount"))
    return [
        {
            "key": key,
            "label": label,
            "numeric": key == "amount",
            "priority": 1,
            "sort": "descending" if key == "reference" else "",
            "sort_href": f"{_HERE}?sort={key}",
        }
        for key, label in headings
    ]


def _row(number: int, name: str) -> dict[str, Any]:
    reference = f"TXN-{number:08d}"
    return {
        "id": number,
        "href": _HERE,
        "label": reference,
        "expand_href": None,
        "actions": [row_action("Edit", _HERE, "pencil")],
        "cells": [
            cells.ident(reference),
            cells.text(name),
            cells.money(number * 1_637, 2, "KES", sign="in"),
        ],
    }
