"""Password hashes by Argon2id, and a hash to compare with when the address is unknown."""

import hashlib

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 8
LONGEST = 200


class Passwords:
    """Hashes and checks; tests configure a cheap hasher once."""

    def __init__(self) -> None:
        """Use the library's recommended cost (RFC 9106, low memory)."""
        self._hasher = PasswordHasher()
        self._decoy: str | None = None

    def configure(self, *, cheap: bool) -> None:
        """Choose the cost: cheap is for tests alone."""
        self._hasher = (
            PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if cheap else PasswordHasher()
        )
        self._decoy = None

    def hash(self, password: str) -> str:
        """Return the hash to store."""
        return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password is right; an unknown user costs the same time."""
        if stored is None:
            self._decoy = self._decoy or self.hash("an address that nobody has")
        try:
            matches = self._hasher.verify(stored or self._decoy or "", password)
        except (VerificationError, InvalidHashError):
            return False
        return matches and stored is not None


passwords = Passwords()


def token_hash(token: str) -> str:
    """Return what the database keeps of a random token: who reads it there cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()
