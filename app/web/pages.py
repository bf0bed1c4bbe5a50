"""Pages that show, ask and confirm: one flow for every form and every confirmation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.kernel.errors import Refusal
from app.web.conflicts import compared, conflict_of, version_of
from app.web.context import area
from app.web.forms import Form, as_id
from app.web.respond import done, form_key, render, submit


def show_detail(detail: dict[str, Any], **context: Any) -> Response:
    """Render a record's page or its drawer; `detail["extra"]` names a template of its own part."""
    if "extra" in detail:
        context["detail_extra"] = detail["extra"]
    return render(
        "resource/detail.html",
        fragment="resource/_detail.html",
        detail={"page_href": request.path} | detail,
        **context,
    )


def form_view(
    form: Form,
    *,
    command: Callable[[], Any],
    title: str,
    submit_label: str,
    to: str,
    done_title: str = "",
    done_text: str = "",
    record: Any = None,
    form_fields: str | None = None,
    opened: Callable[[Any], str | None] = lambda _answer: None,
    told: Callable[[Any], tuple[str, ...]] | None = None,
    view: Callable[[Any], str | None] = lambda _answer: None,
    **page: Any,
) -> BaseResponse:
    """Show a form, and carry out its command when it is sent.

    What is refused comes back with 422 (409 for a stale version) with every typed value kept.
    `record` is what is edited; `opened` names the drawer to show after success; `told` says of
    the answer what the toast says, where that depends on it (title, text and kind), and `view`
    which saved view the list beneath shows.
    """
    status, conflict = 200, None
    if form.is_posted:
        status = Refusal.status
        if form.validate():
            try:
                answer = submit(command())
            except Refusal as refusal:
                status = refusal.status
                conflict = conflict_of(refusal, record, lambda: compared(form, record))
                form.attach(refusal)
            else:
                toast = told(answer) if told else (done_title, done_text)
                return done(*toast, to=to, opened=opened(answer), view=view(answer))
    form_page = {
        "title": title,
        "action_href": request.full_path.rstrip("?"),
        "submit_label": submit_label,
        "secondary": None,
        "cancel_href": to,
        "danger": False,
        "version": version_of(record, conflict),
        "key": form_key(),
        "intro": "",
        "summary": [],
        "conflict": conflict,
        **page,
    }
    return render(
        "resource/form.html",
        fragment="resource/_form.html",
        status=status,
        form=form,
        form_page=form_page,
        layout=area(),
        **({"form_fields": form_fields} if form_fields else {}),
    )


def confirm_view(
    *,
    command: Callable[[], Any],
    title: str,
    body: str,
    verb: str,
    to: str,
    done_title: str,
    done_text: str = "",
    rows: Sequence[Mapping[str, Any]] = (),
    reason: Mapping[str, Any] | None = None,
    danger: bool = False,
    version: int | None = None,
    leads: Callable[[Any], str] | None = None,
    view: str | None = None,
    **more: Any,
) -> BaseResponse:
    """Ask before a step, and carry out its command when it is confirmed.

    `leads` says of the command's answer where to go, else it is `to`. `reason` ({label, minimum,
    maximum}) asks for a text, which the command reads from the form; `view` is the saved view that
    the list beneath shows then.
    """
    status, error = 200, ""
    if request.method == "POST":
        try:
            answer = submit(command())
        except Refusal as refusal:
            status, error = refusal.status, refusal.sentence
            reason = dict(reason, value=request.form.get("reason", "")) if reason else None
        else:
            return done(done_title, done_text, to=leads(answer) if leads else to, view=view)
    confirm = {
        "title": title,
        "body": body,
        "rows": list(rows),
        "action_href": request.full_path.rstrip("?"),
        "verb": verb,
        "cancel_href": to,
        "danger": danger,
        "reason": reason,
        "key": form_key(),
        "version": version,
        "error": error,
        **more,
    }
    return render(
        "resource/confirm.html",
        fragment="resource/_confirm.html",
        status=status,
        confirm=confirm,
        layout=area(),
    )


def fact(label: str, cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return one line of a card or a summary."""
    return {"label": label, "cell": cell}


def posted_version() -> int:
    """Return the version a form was made from; 0, which matches none, when it is missing."""
    return as_id(request.form.get("version")) or 0
