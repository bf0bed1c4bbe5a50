"""The platform's key pair: licences are signed with its private half, outside the database."""

import base64
import binascii
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.kernel.errors import Unavailable

PRIVATE_FILE, PUBLIC_FILE = "licence-key", "licence-key.pub"
_KNOWN_SIGNATURES = 4_096


class Signet:
    """Signs and checks documents with Ed25519; `configure` finds the keys or makes them."""

    def __init__(self) -> None:
        """Start without keys; using them then is a programming error."""
        self._private: Ed25519PrivateKey | None = None
        self._public = b""

    def configure(self, folder: Path, *, private: str = "", public: str = "") -> None:
        """Take the keys from the environment (base64 of 32 bytes), else from the folder.

        A process that is given the public half alone can check and never sign. Where there is
        neither, a pair is made and kept: the private half readable by its owner alone (0600).
        """
        self._private, self._public = None, b""
        if not private and not public:
            private, public = _kept(folder)
        if private:
            self._private = Ed25519PrivateKey.from_private_bytes(_decoded(private))
            self._public = self._private.public_key().public_bytes_raw()
        if public and self._private is None:
            self._public = _decoded(public)
        elif public and _decoded(public) != self._public:
            raise RuntimeError("LICENCE_PUBLIC_KEY does not belong to the private key")

    def sign(self, document: bytes) -> str:
        """Return the signature as text; refuses (503) where the private half is kept elsewhere."""
        if self._private is None:
            raise Unavailable("Licences are not signed here: the private key is kept elsewhere.")
        return base64.b64encode(self._private.sign(document)).decode()

    def is_genuine(self, document: bytes, signature: str) -> bool:
        """Tell whether the signature was made for exactly this document by the platform's key."""
        if not self._public:
            raise RuntimeError("no licence key is configured")
        return _is_genuine(self._public, document, signature)


signet = Signet()


@lru_cache(maxsize=_KNOWN_SIGNATURES)
def _is_genuine(public: bytes, document: bytes, signature: str) -> bool:
    """Check once for each content: a changed record is another content, so it is checked anew."""
    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(raw, document)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _kept(folder: Path) -> tuple[str, str]:
    """Return the pair of the folder; a folder with the public half alone makes no new pair."""
    private, public = folder / PRIVATE_FILE, folder / PUBLIC_FILE
    if not private.exists() and public.exists():
        return "", public.read_text(encoding="ascii").strip()
    if not private.exists():
        made = Ed25519PrivateKey.generate().private_bytes_raw()
        _keep(private, base64.b64encode(made).decode(), mode=0o600)
    text = private.read_text(encoding="ascii").strip()
    if not public.exists():
        half = Ed25519PrivateKey.from_private_bytes(_decoded(text)).public_key()
        _keep(public, base64.b64encode(half.public_bytes_raw()).decode(), mode=0o644)
    return text, public.read_text(encoding="ascii").strip()


def _keep(path: Path, text: str, *, mode: int) -> None:
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=mode)
    draft.write_text(text, encoding="ascii")
    # A link appears whole or not at all: of two that start together, one wins.
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise RuntimeError("A licence key is the base64 of 32 bytes") from error
