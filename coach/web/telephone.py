"""The telephone number in a clinic's own words on how it is reached, so that a tap calls it."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\+?\d[\d\s()./-]*\d")
_FEWEST, _MOST = 3, 15  # digits; 15 is the most that ITU-T E.164 knows


def telephone_in(text: str | None) -> str | None:
    """The address `tel:+4930123456` of the first number in the text, None where there is none."""
    for found in _NUMBER.findall(text or ""):
        digits = re.sub(r"\D", "", found)
        if _FEWEST <= len(digits) <= _MOST:
            return f"tel:{'+' if found.startswith('+') else ''}{digits}"
    return None
