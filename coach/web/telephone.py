"""The telephone number in a clinic's own words on how it is reached, so that a tap calls it."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\+?\d[\d\s()./-]*\d")
_FEWEST, _MOST = 3, 15  # digits; 15 is the most that ITU-T E.164 knows


def telephone_in(text: str | None, *, besides: str | None = None) -> str | None:
    """The address `tel:+4930123456` of the first number in the text, None where there is none. `besides`: one that is
    passed over, such as the emergency number where the clinic's own is looked for."""
    other = None if besides is None else telephone_in(besides)
    for found in _NUMBER.findall(text or ""):
        digits = re.sub(r"\D", "", found)
        address = f"tel:{'+' if found.startswith('+') else ''}{digits}"
        if _FEWEST <= len(digits) <= _MOST and address != other:
            return address
    return None
