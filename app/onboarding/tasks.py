"""Opens what approved customers are to have; done twice, or after a crash, it is there once."""

from app.controls.commands import perform
from app.controls.due import Job, does
from app.controls.identity import system_actor
from app.onboarding.commands import KIND, OnboardClient


@does(KIND)
def onboard(job: Job) -> None:
    """Open the account; what refuses it is told to who approved the customer."""
    worker = system_actor(job.organisation_id, frozenset({"accounts.create"}), "Onboarding")
    perform(OnboardClient(int(job.payload["client_id"])), worker, key=job.occurrence_key)
