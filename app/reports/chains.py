"""Walks every entry in order: chain of hashes, running balance, sequence, rounding (safety 2-4)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.reports.snapshot import Breach, Snapshot

_NOTHING = bytes(32)
_ENTRY = (
    "asset_id", "id", "organisation_id", "sequence", "transaction_id", "side", "bucket",
    "amount_minor", "currency", "rate", "base_minor", "posting_date", "value_date",
    "balance_after_minor", "chain_hash",
)  # fmt: skip
_ASSET = (
    "id", "organisation_id", "currency", "exponent", "balance_minor", "bonus_minor", "sequence",
    "head_hash", "is_limited",
)  # fmt: skip


@dataclass(slots=True)
class _Walk:
    """Where the walk along one asset stands."""

    asset: tuple[Any, ...]
    shift: int
    head: bytes = _NOTHING
    sequence: int = 0
    balance: dict[str, int] = field(default_factory=lambda: {"real": 0, "bonus": 0})


def entries(view: Snapshot, scope: str, base_exponents: dict[int, int]) -> Iterator[Breach]:
    """Check all entries; `scope` is a condition on organisation_id."""
    yield from _client_entries(view, scope, base_exponents)
    yield from _house_entries(view, scope, base_exponents)


def _client_entries(view: Snapshot, scope: str, base_exponents: dict[int, int]) -> Iterator[Breach]:
    assets = view.rows(
        f"SELECT {', '.join(_ASSET)} FROM asset WHERE is_limited AND {scope} ORDER BY id"
    )
    walked = groupby(
        view.rows(
            f"SELECT {_selected(view)} FROM entry e WHERE sequence IS NOT NULL AND {scope} "
            "ORDER BY asset_id, sequence"
        ),
        itemgetter(0),
    )
    asset_id, group = next(walked, (None, iter(())))
    for asset in assets:
        while asset_id is not None and asset_id < asset[0]:
            yield from _strays(group)
            asset_id, group = next(walked, (None, iter(())))
        walk = _Walk(asset, base_exponents.get(asset[1], 0) - asset[3])
        if asset_id == asset[0]:
            for entry in group:
                yield from _step(walk, entry)
            asset_id, group = next(walked, (None, iter(())))
        yield from _end(walk)
    while asset_id is not None:
        yield from _strays(group)
        asset_id, group = next(walked, (None, iter(())))


def _step(walk: _Walk, entry: tuple[Any, ...]) -> Iterator[Breach]:
    (asset_id, _, _, sequence, transaction_id, side, bucket, amount, currency, rate, base,
     posting, value, after, chain) = entry  # fmt: skip
    walk.sequence += 1
    if sequence != walk.sequence:
        yield _breach(4, entry, f"Entry {walk.sequence} of asset {asset_id} is not in its place")
        walk.sequence = sequence
    walk.balance[bucket] += amount if side == "C" else -amount
    if walk.balance[bucket] != after:
        yield _breach(4, entry, "The balance after this entry is not the running sum")
        walk.balance[bucket] = after
    text = (
        f"{asset_id}|{sequence}|{transaction_id}|{side}|{bucket}|{amount}|{currency}|{rate}|"
        f"{base}|{posting}|{value}|{after}"
    )
    if hashlib.sha256(walk.head + text.encode()).digest() != chain:
        yield _breach(4, entry, "The entry does not fit the chain of its asset")
    walk.head = chain or _NOTHING
    yield from _amounts(walk.asset, walk.shift, entry)


def _amounts(asset: tuple[Any, ...], shift: int, entry: tuple[Any, ...]) -> Iterator[Breach]:
    amount, rate, base = entry[7], entry[9], entry[10]
    if amount <= 0 or base < 0:
        yield _breach(2, entry, "An amount must be above zero")
    # An equal amount at the rate of one is the usual case and needs no arithmetic.
    if (rate != "1" or shift or base != amount) and base != _converted(amount, rate, shift):
        yield _breach(2, entry, "The base amount is not the amount at its rate, rounded half up")
    if entry[8] != asset[2] or entry[2] != asset[1]:
        yield _breach(15, entry, "The entry has another currency or organisation than its asset")


def _converted(amount: int, rate: str, shift: int) -> int:
    numerator, denominator = _fraction(rate, shift)
    return (2 * amount * numerator + denominator) // (2 * denominator)


@lru_cache(maxsize=10_000)
def _fraction(rate: str, shift: int) -> tuple[int, int]:
    whole, _, decimals = rate.partition(".")
    power = shift - len(decimals)
    number = int(whole + decimals)
    return (number * 10**power, 1) if power >= 0 else (number, 10**-power)


def _end(walk: _Walk) -> Iterator[Breach]:
    asset_id, organisation_id, _, _, balance, bonus, sequence, head, _ = walk.asset
    found: list[tuple[int, str]] = []
    if balance != walk.balance["real"]:
        found.append((3, "The balance is not the signed sum of the asset's entries"))
    if bonus != walk.balance["bonus"]:
        found.append((3, "The bonus balance is not the signed sum of the asset's entries"))
    if sequence != walk.sequence:
        found.append((4, "The asset's last number is not that of its last entry"))
    if (head or _NOTHING) != walk.head:
        found.append((4, "The head of the asset's chain is not the hash of its last entry"))
    for rule, sentence in found:
        yield Breach(rule, "asset", asset_id, sentence, organisation_id)


def _strays(group: Iterator[tuple[Any, ...]]) -> Iterator[Breach]:
    for entry in group:
        yield _breach(3, entry, "The entry has a number but no client's asset")


def _house_entries(view: Snapshot, scope: str, base_exponents: dict[int, int]) -> Iterator[Breach]:
    """Check the entries of internal assets, which are appended without number and chain."""
    sql = f"SELECT {', '.join(_ASSET)} FROM asset WHERE NOT is_limited AND {scope}"
    assets = {row[0]: row for row in view.rows(sql)}
    sums = dict.fromkeys(assets, 0)
    for entry in view.rows(
        f"SELECT {_selected(view)} FROM entry e WHERE sequence IS NULL AND {scope}"
    ):
        asset = assets.get(entry[0])
        if asset is None:
            yield _breach(4, entry, "An entry of a client's asset must have a number")
            continue
        if entry[13] is not None or entry[14] is not None:
            yield _breach(4, entry, "An entry of the house's own asset has no place in a chain")
        sums[entry[0]] += entry[7] if entry[5] == "C" else -entry[7]
        shift = base_exponents.get(asset[1], 0) - asset[3]
        yield from _amounts(asset, shift, entry)
    waiting = dict(
        view.few(
            f"SELECT asset_id, sum(amount_minor) FROM movement WHERE {scope} GROUP BY asset_id"
        )
    )
    for asset_id, total in sums.items():
        asset = assets[asset_id]
        if asset[4] + int(waiting.get(asset_id, 0)) != total:
            sentence = "The balance with its waiting movements is not the signed sum of the entries"
            yield Breach(3, "asset", asset_id, sentence, asset[1])
        if asset[5] or asset[6] or asset[7] is not None:
            sentence = "An asset of the house has neither bonus nor a chain"
            yield Breach(4, "asset", asset_id, sentence, asset[1])


def _selected(view: Snapshot) -> str:
    dates = {"rate", "posting_date", "value_date"}
    return ", ".join(view.text_of(f"e.{name}") if name in dates else f"e.{name}" for name in _ENTRY)


def _breach(rule: int, entry: tuple[Any, ...], sentence: str) -> Breach:
    return Breach(rule, "entry", entry[1], sentence, entry[2])
