"""Passwords: argon2id, what is refused, and work that is the same whether or not a name is known."""

from __future__ import annotations

import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from importlib import resources
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

Role = Literal["patient", "therapist"]
Refusal = Literal["too_short", "too_long", "too_common"]

SHORTEST: dict[Role, int] = {"patient": 10, "therapist": 12}
LONGEST = 256

# What is left of a password after these are taken away has to be a password by itself.
_COMMON = resources.files("coach.services").joinpath("common_words.txt").read_text(encoding="utf-8").split()
_LEAST_LEFT = 6  # different characters, once common words and characters in a row are taken away
_LEET = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i"}
)
_RUNS = ("01234567890", "09876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


class Passwords:
    """Hashes and verifies. Defaults are OWASP's (m=19 MiB, t=2, p=1); as many at once as there are processors, so
    that a flood of sign-ins cannot take the machine's memory."""

    def __init__(self, *, memory_kib: int = 19 * 1024, rounds: int = 2, lanes: int = 1) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=lanes)
        self._slots = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._nobodys = self._hasher.hash(secrets.token_urlsafe(32))

    def hash(self, password: str) -> str:
        with self._slots:
            return self._hasher.hash(_plain(password))

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """One verification in every case: where nobody has the name, against a hash that no password opens."""
        with self._slots:
            try:
                self._hasher.verify(password_hash or self._nobodys, _plain(password[: LONGEST + 1]))
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    def is_dated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(password_hash)


def refusal(password: str, role: Role, about: Iterable[str] = ()) -> Refusal | None:
    """Why a password cannot be taken; `about` are words near the person: her name, her sign-in name, the clinic."""
    plain = _plain(password)
    if len(plain) < SHORTEST[role]:
        return "too_short"
    if len(plain) > LONGEST:
        return "too_long"
    return "too_common" if _is_common(plain, about) else None


def _is_common(password: str, about: Iterable[str]) -> bool:
    folded = password.casefold()
    words = sorted({*_COMMON, *_words(about)}, key=len, reverse=True)
    return any(_distinct_left(text, words) < _LEAST_LEFT for text in (folded, folded.translate(_LEET)))


def _distinct_left(text: str, words: list[str]) -> int:
    for word in words:
        text = text.replace(word, " ")
    for run in _RUNS:
        for length in range(len(run), 2, -1):
            for start in range(len(run) - length + 1):
                text = text.replace(run[start : start + length], " ")
    return len(set(re.sub(r"[\W_]", "", text)))


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= 3}


def _plain(password: str) -> str:
    """NFKC, so that the same keys give the same password on every device."""
    return unicodedata.normalize("NFKC", password)
