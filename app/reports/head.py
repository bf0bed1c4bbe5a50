"""The head of each organisation's chain of seals, signed with a key the database does not hold.

Kept elsewhere, day by day, the heads show whether a chain was cut short or written anew.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator

from app.reports.snapshot import Breach, CannotCheck, Snapshot

_PURPOSE = b"countinghouse: heads of chains"


def heads(
    view: Snapshot, organisation_id: int | None, *, secret: str
) -> Iterator[dict[str, object]]:
    """Return organisation, number and hash of each newest seal, with their MAC."""
    scope = "1 = 1" if organisation_id is None else f"organisation_id = {organisation_id}"
    names = dict(view.few("SELECT id, name FROM organisation"))
    key = _key(secret)
    for owner, number, digest in view.few(
        "SELECT s.organisation_id, s.number, s.hash FROM seal s JOIN (SELECT organisation_id, "
        f"max(number) AS number FROM seal WHERE {scope} GROUP BY organisation_id) m "
        "ON m.organisation_id = s.organisation_id AND m.number = s.number ORDER BY 1"
    ):
        yield {
            "organisation": owner,
            "name": names.get(owner, "Platform"),
            "seal": number,
            "hash": digest.hex(),
            "mac": _mac(key, owner, number, digest.hex()),
        }


def compare(view: Snapshot, lines: Iterable[str], *, secret: str) -> Iterator[Breach]:
    """Check that every head of a file is still a link of its chain.

    Raises CannotCheck for a file that was not written with this key.
    """
    key = _key(secret)
    for line in filter(str.strip, lines):
        try:
            head = json.loads(line)
            owner, number = int(head["organisation"]), int(head["seal"])
            expected = _mac(key, owner, number, head["hash"])
            genuine = hmac.compare_digest(expected, head["mac"])
        except (ValueError, KeyError, TypeError) as error:
            raise CannotCheck("The file does not hold heads of chains") from error
        if not genuine:
            raise CannotCheck(f"The head of organisation {owner} was not signed with this key")
        found = view.few(
            "SELECT id, hash FROM seal WHERE organisation_id = ? AND number = ?", (owner, number)
        )
        if not found:
            sentence = f"Seal {number}, whose hash was kept, is gone"
            yield Breach(4, "seal", None, sentence, owner)
        elif found[0][1].hex() != head["hash"]:
            sentence = f"Seal {number} is not the one whose hash was kept"
            yield Breach(4, "seal", found[0][0], sentence, owner)


def _key(secret: str) -> bytes:
    own = os.environ.get("COUNTINGHOUSE_SEAL_KEY")
    return hmac.digest((own or secret).encode(), _PURPOSE, "sha256")


def _mac(key: bytes, owner: int, number: int, digest: str) -> str:
    return hmac.new(key, f"{owner}|{number}|{digest}".encode(), hashlib.sha256).hexdigest()
