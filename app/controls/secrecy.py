"""Encryption at rest of personal fields, in the log and in columns: AES-256-GCM, its own key."""

import base64
import hmac
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, String, TypeDecorator

_NONCE_BYTES = 12


class Cipher:
    """Turns text into tokens and back; `configure` gives the key, derived from a secret."""

    def __init__(self) -> None:
        """Start without a key; using it then is a programming error."""
        self._aead: AESGCM | None = None
        self._mark = b""

    def configure(self, secret: str) -> None:
        """Derive the data key from the installation's secret (HKDF, RFC 5869)."""
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"personal fields")
        self._aead = AESGCM(derive.derive(secret.encode()))
        mark = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"fingerprints")
        self._mark = mark.derive(secret.encode())

    def encrypt(self, text: str) -> str:
        """Return a token that only this installation can read."""
        nonce = os.urandom(_NONCE_BYTES)
        return base64.b64encode(nonce + self._key().encrypt(nonce, text.encode(), None)).decode()

    def decrypt(self, token: str) -> str:
        """Return the text of a token; a changed token raises InvalidTag."""
        raw = base64.b64decode(token)
        return self._key().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()

    def fingerprint(self, text: str) -> str:
        """Return a keyed digest: equal for equal texts, and no help in guessing the text."""
        self._key()
        return hmac.digest(self._mark, text.encode(), "sha256").hex()

    def _key(self) -> AESGCM:
        if self._aead is None:
            raise RuntimeError("no data key is configured")
        return self._aead


cipher = Cipher()


class Encrypted(TypeDecorator[str]):
    """A text that stands in its column as a token; nothing can be searched or sorted by it."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Send the token; an empty text stays empty."""
        del dialect
        return cipher.encrypt(value) if value else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Return the text."""
        del dialect
        return cipher.decrypt(value) if value else value
