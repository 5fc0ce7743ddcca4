"""Authenticated encryption of columns and keyed digests. Keys come from outside the database, by number."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class WrongKey(Exception):
    """The text was not encrypted with any key given, or was altered, or was moved from another column."""


class Keyring:
    """AES-256-GCM under numbered keys: the highest encrypts, all decrypt. A ciphertext is `<number>:<base64>`."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys or any(len(key) != 32 for key in keys.values()):
            raise ValueError("a keyring needs at least one key, each of 32 bytes")
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._newest = max(keys)
        # Digests must stay comparable when a key is added, so they use the oldest.
        self._digest_key = hashlib.sha256(b"digest" + keys[min(keys)]).digest()

    def encrypt(self, text: str, *, purpose: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._newest].encrypt(nonce, text.encode(), purpose.encode())
        return f"{self._newest}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, sealed: str, *, purpose: str) -> str:
        number, _, encoded = sealed.partition(":")
        try:
            data = base64.b64decode(encoded, validate=True)
            cipher = self._ciphers[int(number)]
            return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], purpose.encode()).decode()
        except (KeyError, ValueError, InvalidTag) as error:
            raise WrongKey(f"{purpose}: this key does not open it") from error

    def digest(self, text: str, *, purpose: str) -> bytes:
        """32 bytes by which a secret text is found again without being readable."""
        return hmac.new(self._digest_key, f"{purpose}\x00{text}".encode(), hashlib.sha256).digest()
