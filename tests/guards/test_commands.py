"""A command that asks for no permission is known by name, with the reason why it asks for none."""

from __future__ import annotations

import app.jobs  # noqa: F401  registers every command
from app.controls.commands import door

_ANYONE = """
    AskPasskey CountAttempt KeepSession NoteKeyUse NoteRefusedSignIn RequestPasswordReset
    ResetPassword SignIn SignInByPasskey
"""
# Asked for anywhere and at any hour, of an agent too.
_ABOUT_ONESELF = """
    AddPasskey ChangePassword ChooseColumns ChooseLanguage ChooseNotices ChooseProject
    ConfirmIdentity DeleteView EditView EndOtherSessions EndSession FinishSignIn ReadAllNotices
    ReadNotice RemoveAuthenticator RemovePasskey RenewRecoveryCodes RenewSession ReportPosition
    SaveNextOfKin SavePersonalInformation SaveView SetUpAuthenticator SignOut StopSeeingAsRole
"""
_OF_ONES_OWN_CALENDAR = "CreateEvent DeleteEvent EditEvent FinishEvent"
_THE_HANDLER_DEMANDS = """
    ApproveRecord CreateApiKey CreateCode CreateInProject DelegateApproval DenyRecord EditCode
    EditInProject MoveAtCounter Rehearse RejectRecord RequestStatement RetireRecord RevokeApiKey
    RevokeDelegation SubmitRecord
"""
# Of a list or a file: the route has asked for the permission to see it.
_THE_ROUTE_DEMANDS = "ExportFile RequestExport"
_WITHOUT = (
    _ANYONE,
    _ABOUT_ONESELF,
    _OF_ONES_OWN_CALENDAR,
    _THE_HANDLER_DEMANDS,
    _THE_ROUTE_DEMANDS,
)


def _ours() -> dict[str, object]:
    """Return the product's commands by name; tests register some of their own."""
    return {
        command.__name__: entry
        for command, entry in door.entries.items()
        if command.__module__.startswith("app.")
    }


def test_a_command_without_a_permission_is_known_with_its_reason():
    without = [name for name, entry in _ours().items() if entry.permission is None]
    assert sorted(without) == sorted(" ".join(_WITHOUT).split())


def test_what_is_done_at_any_hour_is_about_oneself_alone():
    at_any_hour = [name for name, entry in _ours().items() if entry.is_about_oneself]
    assert sorted(at_any_hour) == sorted(_ABOUT_ONESELF.split())
