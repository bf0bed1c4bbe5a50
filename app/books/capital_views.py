"""The form of how capital is measured: a weight or a tier for each product."""

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import NumberRange, Optional

from app.books.capital_terms import (
    FULL_WEIGHT,
    LEAST_CORE,
    LEAST_TOTAL,
    MOST_WEIGHT,
    TIERS,
    SetCapitalTerms,
    terms_of,
    weighed_products,
)
from app.books.catalogue import REPORTS
from app.books.models import CapitalTerms
from app.books.prints import blueprint
from app.books.views import PATH
from app.ledger.accounts import Product
from app.records.lines import percent_in
from app.web.context import actor, read_session
from app.web.forms import Form, options, required
from app.web.guard import permit
from app.web.pages import form_view, posted_version

_REPORT = "capital-adequacy"
_WEIGHT, _TIER = "weight_", "tier_"


class CapitalForm(Form):
    """The least ratios; `_form` adds a field for each product."""

    least_core = StringField("Least core capital ratio, %", required("Least core capital ratio"))
    least_total = StringField("Least total capital ratio, %", required("Least total capital ratio"))

    def command(self, products: list[Product], version: int) -> SetCapitalTerms:
        """Return the command that keeps what was typed."""
        weights = {one.code: self._of(_WEIGHT, one) for one in products}
        tiers = {one.code: self._of(_TIER, one) for one in products}
        return SetCapitalTerms(
            version,
            percent_in(self.least_core),
            percent_in(self.least_total),
            weights={code: weight for code, weight in weights.items() if weight is not None},
            tiers={code: tier for code, tier in tiers.items() if tier},
        )

    def _of(self, prefix: str, product: Product) -> Any:
        field = self._fields.get(f"{prefix}{product.id}")
        return None if field is None else field.data


@blueprint.route(REPORTS[_REPORT].terms, methods=["GET", "POST"])
@permit("reports.edit")
def capital_terms() -> Response:
    """Say what counts as capital, what products weigh, and the ratios that are asked for."""
    products = weighed_products(read_session(), actor())
    terms = terms_of(read_session(), actor())
    form = _form(products, terms)
    return form_view(
        form,
        command=lambda: form.command(products, posted_version() if terms else 0),
        title="How capital is measured",
        submit_label="Save",
        to=f"{PATH}/{_REPORT}",
        done_title="Terms saved",
        record=terms,
        intro="Weights are percent of a balance. A product without one counts in full.",
    )


def _form(products: list[Product], terms: CapitalTerms | None) -> CapitalForm:
    fields: dict[str, Any] = {}
    for one in products:
        if one.kind == "asset" or one.is_contract:
            fields[f"{_WEIGHT}{one.id}"] = _weight(one)
        # The shares of members are capital that customers hold.
        if one.kind == "liability":
            fields[f"{_TIER}{one.id}"] = _tier(one)
    made: CapitalForm = type("CapitalFormOfChart", (CapitalForm,), fields)(
        data=_kept(products, terms)
    )
    return made


def _weight(product: Product) -> IntegerField:
    sentence = f"A weight is a whole percentage from 0 to {MOST_WEIGHT:,}"
    return IntegerField(
        f"{product.title()} weighs, %",
        [Optional(), NumberRange(0, MOST_WEIGHT, sentence)],
        description="What customers owe on it" if product.is_contract else "",
        render_kw={"placeholder": str(FULL_WEIGHT)},
    )


def _tier(product: Product) -> SelectField:
    return SelectField(f"{product.title()} counts as", choices=options(TIERS, empty="No capital"))


def _kept(products: list[Product], terms: CapitalTerms | None) -> Mapping[str, Any]:
    if terms is None:
        return {"least_core": str(LEAST_CORE), "least_total": str(LEAST_TOTAL)}
    kept = {"least_core": str(terms.least_core), "least_total": str(terms.least_total)}
    for one in products:
        kept[f"{_WEIGHT}{one.id}"] = terms.weights.get(one.code)
        kept[f"{_TIER}{one.id}"] = terms.tiers.get(one.code, "")
    return kept
