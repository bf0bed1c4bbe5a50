"""The signature of a postback, as the Standard Webhooks specification has it.

https://www.standardwebhooks.com: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`,
with the bytes of a secret that is written `whsec_` and base64. The library of that name would bring
an HTTP client along for these few lines.
"""

import base64
import hmac
import secrets
from datetime import datetime

MARK = "whsec_"
_SECRET_BYTES = 24


def new_secret() -> str:
    """Return a secret of 192 bits as the specification writes it."""
    return MARK + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers by which a receiver knows who sent a body, and when."""
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix(MARK))
    text = b".".join((message_id.encode(), stamp.encode(), body))
    digest = base64.b64encode(hmac.digest(key, text, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{digest}",
    }
