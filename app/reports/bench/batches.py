"""Many transfers in one command: how the benchmark fills a bank, and the pace of batches."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

from app.controls.commands import handles, perform
from app.controls.numbering import take_ids
from app.controls.work import Work
from app.ledger.journal import Posting, post
from app.ledger.locking import lock_assets
from app.reports.bench.scratch import Bank
from app.transactions.kinds import Particulars, header_of, movement_lines
from app.transactions.settings import settings_of

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class PostTransfers:
    """Post a transfer of one amount for each pair of assets."""

    pairs: tuple[tuple[int, int], ...]
    amount_minor: int


@handles(PostTransfers, permission="imports.create")
def post_transfers(work: Work, command: PostTransfers) -> int:
    """Post all of them in one statement; returns how many."""
    assets = lock_assets(work, set(itertools.chain.from_iterable(command.pairs)))
    transaction_ids = take_ids(work, "transaction", len(command.pairs))
    postings = []
    for transaction_id, (one, other) in zip(transaction_ids, command.pairs, strict=True):
        asset, counter = assets[one], assets[other]
        settings = settings_of(work, asset.organisation_id, asset.configuration_version)
        status_id, _ = settings.default_status(asset.project_id)
        lines = movement_lines(
            debit=asset,
            credit=counter,
            amount_minor=command.amount_minor,
            rate=settings.rate(asset.currency),
        )
        header = header_of(
            work,
            kind="journal",
            direction="both",
            asset=asset,
            counter=counter,
            lines=lines,
            particulars=Particulars(description="A transfer of the benchmark"),
            sub_type_id=None,
            status_id=status_id,
            transaction_id=transaction_id,
        )
        days = {"posting_date": header["posting_date"], "value_date": header["value_date"]}
        postings.append(Posting(transaction_id, "journal", lines=lines, header=header, **days))
    post(work, postings, assets)
    return len(postings)


def fill(bank: Bank, transactions: int) -> None:
    """Post about so many transfers between random assets."""
    batch = batches(bank)
    for _ in range(0, transactions, BATCH):
        batch()


def batches(bank: Bank) -> Callable[[], None]:
    """Return a function that posts one batch."""

    def once() -> None:
        pairs = tuple(tuple(random.sample(bank.asset_ids, 2)) for _ in range(BATCH))
        perform(PostTransfers(pairs, 100), bank.actor)  # type: ignore[arg-type]

    return once
