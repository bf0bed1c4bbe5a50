"""Opens what approved customers are to have; done twice, or after a crash, it is there once."""

from app.controls.commands import perform
from app.controls.due import Job, does
from app.controls.identity import system_actor
from app.kernel.errors import Refusal, Unavailable
from app.onboarding.commands import KIND, OnboardClient, TellOnboardingFailed


@does(KIND)
def onboard(job: Job) -> None:
    """Open the account, or tell who approved the customer why there is none."""
    client_id = int(job.payload["client_id"])
    worker = system_actor(job.organisation_id, frozenset({"accounts.create"}), "Onboarding")
    try:
        perform(OnboardClient(client_id), worker, key=job.occurrence_key)
    except Unavailable:
        raise
    except Refusal as refusal:
        told = TellOnboardingFailed(client_id, job.requested_by, refusal.sentence)
        perform(told, worker, key=f"{job.occurrence_key}-failed")
        raise
