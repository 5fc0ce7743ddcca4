"""The two scales that every program has, pain and anxiety, in the wording of each moment."""

from __future__ import annotations

from typing import Literal

from coach.domain.program import Scale, Text

Moment = Literal["before", "during", "after"]
BUILT_IN = ("pain", "anxiety")

_ENDS = {
    "pain": (Text("none", {"es": "nada"}), Text("the strongest I can imagine", {"es": "el más fuerte imaginable"})),
    "anxiety": (Text("calm", {"es": "en calma"}), Text("very anxious", {"es": "mucha ansiedad"})),
}
_ASK: dict[tuple[str, Moment], Text] = {
    ("pain", "before"): Text("How much pain is there right now?", {"es": "¿Cuánto dolor hay ahora mismo?"}),
    ("pain", "during"): Text("How much pain is there right now?", {"es": "¿Cuánto dolor hay ahora mismo?"}),
    ("pain", "after"): Text(
        "What was the strongest pain during this practice?",
        {"es": "¿Cuál fue el dolor más fuerte durante la práctica?"},
    ),
    ("anxiety", "before"): Text("How anxious do you feel right now?", {"es": "¿Cuánta ansiedad sientes ahora mismo?"}),
    ("anxiety", "during"): Text("How anxious do you feel right now?", {"es": "¿Cuánta ansiedad sientes ahora mismo?"}),
    ("anxiety", "after"): Text(
        "What was the strongest anxiety during this practice?",
        {"es": "¿Cuál fue la ansiedad más fuerte durante la práctica?"},
    ),
}


def built_in(scale: str, moment: Moment) -> Scale:
    """The built-in scale `pain` or `anxiety` (0-10), worded for this moment, in English and Spanish."""
    low, high = _ENDS[scale]
    return Scale(id=scale, ask=_with_english(_ASK[scale, moment]), low=_with_english(low), high=_with_english(high))


def _with_english(text: Text) -> Text:
    return Text(text.default, {"en": text.default, **text.by_language})
