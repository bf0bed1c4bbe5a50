"""What is encrypted or marked is so under the installation's key, or not at all."""

import pytest

from app.controls.secrecy import Cipher


def test_nothing_is_encrypted_or_marked_before_there_is_a_key():
    cipher = Cipher()
    for use in (cipher.encrypt, cipher.decrypt, cipher.fingerprint):
        with pytest.raises(RuntimeError, match="no data key is configured"):
            use("text")
    cipher.configure("a secret")
    other = Cipher()
    other.configure("another secret")
    assert cipher.decrypt(cipher.encrypt("text")) == "text"
    assert cipher.fingerprint("text") != other.fingerprint("text")
