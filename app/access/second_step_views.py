"""Pages between the password and the portal: the second step, and entering by a passkey."""

from flask import Blueprint, redirect, request, session
from werkzeug.wrappers import Response

from app.access.factor_forms import ProofForm
from app.access.models import User
from app.access.passkeys import ENTER, NOT_ACCEPTED, PROVE
from app.access.proofs import OF_PASSWORD
from app.access.proving import count_attempt, proof_of, put_question, question, ways_of
from app.access.queries import actor_of
from app.access.second_step import FinishSignIn, SignInByPasskey, half_session
from app.access.throttle import SIGN_IN, CountAttempt
from app.access.views import HALF, NEXT, come_in, own_path
from app.controls.commands import door, perform
from app.controls.identity import ANONYMOUS
from app.kernel.errors import Missing, Refusal
from app.web.context import read_session, request_context
from app.web.guard import public
from app.web.respond import render

blueprint = Blueprint("second_step", __name__)
PATH = "/login/second-factor"
_RECOVERY = "recovery"


@blueprint.route(PATH, methods=["GET", "POST"])
@public
def second_factor() -> Response:
    """Ask for the second factor of whoever has just given the password."""
    user = _waiting()
    if user is None:
        return redirect("/login", 303)
    form = ProofForm()
    status = 200
    if form.is_posted:
        status = 422
        if form.validate():
            try:
                return _finish(user, form)
            except Refusal as refusal:
                form.attach(refusal)
                status = refusal.status
    return render(
        "auth/second_factor.html",
        status=status,
        form=form,
        ways=ways_of(user),
        recovers=request.args.get("way") == _RECOVERY,
        options_href=f"{PATH}/passkey-options",
        action_href=request.full_path.rstrip("?"),
    )


@blueprint.post(f"{PATH}/passkey-options")
@public
def proof_options() -> Response:
    """Put the question to the passkeys of whoever has just given the password."""
    user = _waiting()
    if user is None:
        raise Missing
    return put_question(PROVE, user.id)


@blueprint.post("/login/passkey-options")
@public
def enter_options() -> Response:
    """Put a question that any passkey of this portal may answer."""
    place = request_context().address
    perform(CountAttempt(SIGN_IN, f"passkey from {place}", place), ANONYMOUS)
    return put_question(ENTER)


@blueprint.post("/login/passkey")
@public
def enter() -> Response:
    """Sign in by a passkey alone; what is not accepted is said on the sign-in page."""
    form = ProofForm()
    command = SignInByPasskey(form.passkey.data or "", question(), request_context())
    try:
        token = perform(command, ANONYMOUS)
    except Refusal:
        return redirect("/login?passkey=refused", 303)
    return come_in(token, own_path(request.form.get("next")))


def _waiting() -> User | None:
    found = half_session(read_session(), session.get(HALF, ""), door.clock())
    return found[1] if found is not None else None


def _finish(user: User, form: ProofForm) -> Response:
    proof = proof_of(form)
    if proof.way == OF_PASSWORD:
        raise Refusal(NOT_ACCEPTED)
    count_attempt(user)
    context = request_context()
    # Known by the password: what is refused from here on stands in the log by name.
    who = actor_of(read_session(), user, organisation_id=user.organisation_id, context=context)
    token = perform(FinishSignIn(session[HALF], proof, context), who)
    return come_in(token, session.get(NEXT))
