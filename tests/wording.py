"""The words that may not be read where they do harm, in one place: over a shoulder, in a history, or by the person."""

from __future__ import annotations

import re

# What gives away a condition, a body part or a treatment. Beginnings of words, so that Spanish forms are found too.
TELLING = (
    "vagin", "vulv", "pelvi", "pélvi", "perine", "dilat", "dilad", "botox", "botul", "toxin", "kegel",
    "injecti", "inyecci",
    "intercourse", "coito", "sexual", "penetrat", "penis", "urethra", "uretra", "bladder", "vejiga", "rectal", "rectum",
    "incontinen", "levator", "gynaeco", "gyneco", "gineco", "dyspareun", "vestibul",
)  # fmt: skip

# What reproaches. Whole words and their forms; English and Spanish.
REPROACHFUL = (
    r"fail(?:ed|ure|ures|ing|s)?", r"should(?:n't)?", r"must(?:n't)?", r"missed", r"non-?complian(?:t|ce)",
    r"compliance", r"compliant", r"overdue", r"streaks?", r"neglected", r"lazy", r"poor(?:ly)?", r"disappoint\w*",
    r"give up", r"fall(?:ó|aste|ado|ada|o|a)", r"fracas\w*", r"debes", r"debe(?:rías?|n)?", r"tienes que", r"tiene que",
    r"incumpl\w*", r"perdiste", r"te saltaste", r"atrasad[oa]s?", r"racha", r"mal hecho",
)  # fmt: skip

_TELLING = re.compile("|".join(TELLING), re.IGNORECASE)
_REPROACHFUL = re.compile(rf"\b(?:{'|'.join(REPROACHFUL)})\b", re.IGNORECASE)


def telling(text: str) -> list[str]:
    return _TELLING.findall(text)


def reproachful(text: str) -> list[str]:
    return _REPROACHFUL.findall(text)
