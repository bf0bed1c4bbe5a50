"""The forms of the configuration panels, shaped for a new row or for a saved one."""

from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from app.controls.tenant import Organisation
from app.kernel.currencies import known_currencies
from app.organisation.models import Project
from app.reference.forms import (
    EMPTY_LINES,
    AccountTypeForm,
    CurrencyForm,
    StatusForm,
    SubTypeForm,
)
from app.reference.queries import kept_currencies, project_codes
from app.web.forms import set_choices

PanelForm: TypeAlias = AccountTypeForm | CurrencyForm | StatusForm | SubTypeForm
FORMS: dict[str, type[Any]] = {
    "account-types": AccountTypeForm,
    "currencies": CurrencyForm,
    "sub-types": SubTypeForm,
    "statuses": StatusForm,
}
_NEW_CURRENCY = {
    "fiat": {"code", "limit", "rate", "is_default"},
    "crypto": {"code", "limit", "network_fee", "networks", "rate", "is_default"},
    "custom": {
        "label", "name", "network", "description", "exponent", "limit", "rate", "creates_asset",
        "is_default",
    },
}  # fmt: skip
_SAVED_CURRENCY = {
    "fiat": {"name", "limit", "is_default"},
    "crypto": {"name", "limit", "network_fee", "networks", "is_default"},
    "custom": {"name", "network", "description", "limit", "creates_asset", "is_default"},
}


def new_form(key: str) -> Any:
    """Return the empty form of a section; a type of account starts with lines for properties."""
    form = FORMS[key]()
    if isinstance(form, AccountTypeForm) and not form.is_posted:
        _add_lines(form)
    return form


def new_currency_form(
    session: Session, organisation: Organisation, project: Project, kind: str
) -> tuple[CurrencyForm, dict[str, int], str]:
    """Return the form of a new currency, the decimals of each code, and the name of its rate."""
    form = CurrencyForm()
    _keep(form, _NEW_CURRENCY[kind])
    rate_name = f"Rate to {organisation.base_currency}"
    form.rate.label.text = rate_name
    form.rate.description = (
        f"{organisation.base_currency} for one unit. Needed when the organisation has no rate yet"
    )
    kept = kept_currencies(session, organisation.id)
    known = known_currencies()
    exponents = {one.code: one.exponent for one in known.values()}
    exponents |= {code: row.exponent for code, row in kept.items()}
    if form.code:
        present = project_codes(session, project)
        names = {one.code: one.name for one in known.values() if one.kind == kind}
        names |= {code: row.name for code, row in kept.items() if row.kind == kind}
        rows = [(code, f"{code} · {name}") for code, name in names.items() if code not in present]
        set_choices(form.code, rows, empty="Choose a currency")
    return form, exponents, rate_name


def saved_form(key: str, row: Any) -> Any:
    """Return the form of a saved row without the fields that a system row or a default keeps."""
    form = FORMS[key](obj=row)
    if isinstance(form, CurrencyForm):
        _keep(form, _SAVED_CURRENCY[row.kind])
        if not form.is_posted:
            form.show_amounts(row)
    elif isinstance(form, AccountTypeForm):
        del form.is_default
        if not form.is_posted:
            _add_lines(form)
    elif isinstance(form, SubTypeForm):
        _keep(form, {"name"})
    elif row.is_system:
        _keep(form, {"colour", "is_default"})
    if row.is_default and form.is_default:
        del form.is_default
    return form


def _keep(form: Any, names: set[str]) -> None:
    for name in list(form._fields):
        if name not in names:
            del form[name]


def _add_lines(form: AccountTypeForm) -> None:
    for _ in range(EMPTY_LINES):
        form.properties.append_entry()
