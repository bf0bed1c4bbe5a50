"""How a browser proves who sits at it: the form, the passkey's question, the counted attempt."""

import json
from typing import Any

from flask import Response, request, session

from app.access.factor_forms import ProofForm
from app.access.factors import Factors, factors_of
from app.access.models import User
from app.access.passkeys import AskPasskey, relying_party
from app.access.proofs import CODE, OF_PASSWORD, PASSKEY, Proof
from app.access.throttle import FACTOR, CountAttempt
from app.controls.commands import perform
from app.controls.identity import ANONYMOUS
from app.kernel.errors import Refusal
from app.web.context import read_session

_CHALLENGE = "passkey"


def put_question(purpose: str, user_id: int | None = None) -> Response:
    """Answer with the options of a passkey; this browser alone may answer, and once."""
    options = perform(AskPasskey(purpose, user_id), ANONYMOUS)
    session[_CHALLENGE] = json.loads(options)["challenge"]
    return Response(options, mimetype="application/json")


def question() -> str:
    """Return the challenge this browser was given, which is gone from it then."""
    return str(session.pop(_CHALLENGE, ""))


def proof_of(form: ProofForm) -> Proof:
    """Return what was given; refuses a form in which nothing was."""
    if form.passkey.data:
        return Proof(PASSKEY, form.passkey.data, question())
    if form.password.data:
        return Proof(OF_PASSWORD, form.password.data)
    if form.code.data:
        return Proof(CODE, form.code.data)
    field = CODE if form.code.name in request.form else OF_PASSWORD
    label = "Code is required" if field == CODE else "Current password is required"
    raise Refusal(label, field=field)


def count_attempt(user: User, purpose: str = FACTOR) -> None:
    """Count the attempt before it is answered, for the person and for their place."""
    perform(CountAttempt(purpose, user.email, request.remote_addr or ""), ANONYMOUS)


def ways_of(user: User) -> dict[str, Any]:
    """Return how the person can prove themselves: by codes, by a passkey, or by the password."""
    factors: Factors = factors_of(read_session(), user.id)
    return {
        "has_code": factors.authenticator is not None or factors.codes_left > 0,
        "has_app": factors.authenticator is not None,
        "has_passkey": bool(factors.passkeys) and relying_party.is_usable,
        "has_password": not factors,
    }
