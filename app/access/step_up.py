"""Step-up: what weighs heavily asks again who sits there, unless they proved it just now.

A view says so by `@stepped_up`, below its permission. The question is the answer of the view's
own address, as a page or inside its dialog; what was typed travels along and is sent on with the
proof, so nothing is lost.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.access.factor_forms import ProofForm
from app.access.proving import count_attempt, proof_of, ways_of
from app.access.second_step import FRESH, ConfirmIdentity
from app.controls.commands import door, perform
from app.kernel.errors import Refusal
from app.web.context import actor, area, refresh
from app.web.respond import render

View = TypeVar("View", bound=Callable[..., Any])
_PROOF = "step_up"
# Names of their own, so that a form that has a code itself loses nothing.
_PREFIX = "proof-"
_UNPROVED = 409


def stepped_up(view: View) -> View:
    """Let the view ask for a fresh proof, whatever its address says."""
    return stepped_up_when(lambda **_values: True)(view)


def stepped_up_when(asks: Callable[..., bool]) -> Callable[[View], View]:
    """Let the view ask for a fresh proof where `asks` says so of the values of its address."""

    def declare(view: View) -> View:
        @wraps(view)
        def ask(**values: Any) -> Any:
            if not current_user.is_authenticated or not asks(**values) or _is_fresh():
                return view(**values)
            return _ask(lambda: view(**values))

        ask.__stepped_up__ = True  # type: ignore[attr-defined]
        return ask  # type: ignore[return-value]

    return declare


def _is_fresh() -> bool:
    return bool(door.clock() - current_user.login_session.proved_at <= FRESH)


def _ask(go_on: Callable[[], Any]) -> Any:
    form = ProofForm(request.form if _PROOF in request.form else None, prefix=_PREFIX)
    status = 200 if request.method == "GET" else _UNPROVED
    if _PROOF in request.form and form.validate():
        try:
            proof = proof_of(form)
            count_attempt(current_user.user, proof.purpose)
            perform(ConfirmIdentity(proof), actor())
        except Refusal as refusal:
            form.attach(refusal)
            status = refusal.status
        else:
            refresh()
            if request.form[_PROOF] == "GET":
                return redirect(request.full_path.rstrip("?"), 303)
            return go_on()
    return _question(form, status)


def _question(form: ProofForm, status: int) -> Response:
    """Show the question; every typed value of the form that was sent goes along with it."""
    return render(
        "auth/step_up.html",
        fragment="auth/_step_up.html",
        status=status,
        layout=area(),
        form=form,
        ways=ways_of(current_user.user),
        action_href=request.full_path.rstrip("?"),
        asked=request.form.get(_PROOF, request.method),
        carried=[
            (name, value)
            for name, value in request.form.items(multi=True)
            if name not in {"csrf_token", _PROOF} and not name.startswith(_PREFIX)
        ],
    )
