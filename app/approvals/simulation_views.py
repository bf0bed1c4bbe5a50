"""The page "Who would approve this?": a question in the address, its answer below."""

from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.validators import Optional

from app.access.everyone import employees
from app.approvals.rules import kind_choices
from app.approvals.simulation import Answer, Question, who_would_approve
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.review import review_kinds
from app.controls.tenant import Organisation
from app.kernel.errors import Missing, Refusal
from app.kernel.money import format_minor, parse_minor_or_zero
from app.organisation.queries import branch_choices, project_choices
from app.web.context import actor, organisation, read_session
from app.web.forms import Form, as_id, set_choices, stripped
from app.web.guard import permit
from app.web.respond import render

PATH = "/admin/approval-simulation"
RULES_PATH = "/admin/approval-rules"
blueprint = Blueprint("approval_simulation", __name__)


class QuestionForm(Form):
    """A record that somebody could hand in."""

    kind = SelectField("Entity type")
    amount = StringField("Amount", [Optional()])
    project_id = SelectField("Project", [Optional()])
    branch_id = SelectField("Branch", [Optional()])
    maker_id = SelectField("Handed in by", [Optional()])


@blueprint.get(PATH)
@permit("approval-rules.view")
def simulate() -> Response:
    """Say which levels a record would need, which rule says so, and who may give them."""
    session, who, tenant = read_session(), actor(), organisation()
    if tenant is None:
        raise Missing
    form = QuestionForm(request.args)
    _prepare(form, session, who, tenant)
    answer, status = None, 200
    if "kind" in request.args:
        answer, status = _answer(form, session, tenant)
    return render(
        "approvals/simulation.html",
        status=status,
        form=form,
        path=PATH,
        base_currency=tenant.base_currency,
        answer=_shown(answer, form, tenant) if answer else None,
    )


def _prepare(form: QuestionForm, session: Session, who: Actor, tenant: Organisation) -> None:
    set_choices(form.kind, kind_choices(session, who))
    set_choices(form.project_id, project_choices(session, who), empty="No particular project")
    set_choices(form.branch_id, branch_choices(session, who), empty="No particular branch")
    people = [(one.user_id, one.name) for one in employees(session, tenant.id)]
    set_choices(form.maker_id, people, empty="Somebody else")


def _answer(
    form: QuestionForm, session: Session, tenant: Organisation
) -> tuple[Answer | None, int]:
    if not form.validate():
        return None, 422
    try:
        typed = stripped(form.amount.data)
        amount = parse_minor_or_zero(typed, tenant.base_exponent, name="Amount") if typed else 0
        question = Question(
            kind=review_kinds[form.kind.data],
            amount_minor=amount,
            project_id=as_id(form.project_id.data),
            branch_id=as_id(form.branch_id.data),
            maker_id=as_id(form.maker_id.data),
        )
    except Refusal as refusal:
        form.attach(Refusal(refusal.sentence, field=refusal.field or "amount"))
        return None, refusal.status
    return who_would_approve(session, tenant, question), 200


def _shown(answer: Answer, form: QuestionForm, tenant: Organisation) -> dict[str, Any]:
    kind = review_kinds[form.kind.data].name
    rule = answer.rule
    if rule is None:
        reason = f"No rule applies: this is what a {kind.lower()} needs without one."
    else:
        above = format_minor(rule.minimum_minor, tenant.base_exponent)
        from_amount = f" above {above} {tenant.base_currency}" if rule.minimum_minor else ""
        of_kind = review_kinds[rule.kind].name.lower()
        reason = f"The rule “{rule.name}” says so: {of_kind}{from_amount}."
    may_edit = rule is not None and holds(actor(), "approval-rules.edit")
    return {
        "title": _title(answer),
        "reason": reason,
        "rule_href": f"{RULES_PATH}/{rule.id}/edit" if rule is not None and may_edit else None,
        "alone": answer.authorises_alone,
        "stages": answer.stages,
        "stuck": not answer.can_be_finished,
    }


def _title(answer: Answer) -> str:
    if answer.authorises_alone:
        return "Authorized at once"
    if not answer.levels:
        return "No approval is asked for"
    return f"{answer.levels} level{'s' if answer.levels > 1 else ''} of approval"
