"""What a consultation holds, in words: its fields, their values, and the groups in which pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from flask_babel import format_date, gettext, ngettext

from coach.services.consultations import CONTRAINDICATIONS, PENETRATIONS, TREATMENTS, Contraindication, Value

_NAMES = {each.field: each.name for each in CONTRAINDICATIONS}
PERFECT = ("power", "endurance_s", "repetitions", "fast")

# Fields in the order in which pages show them, group by group.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("wishes", ("goals",)),
    ("before", ("onset", "lasted_months", "treatments")),
    ("examination", ("grade", "oxford", "perfect")),
    ("pain", tuple(f"pain.{kind}" for kind in PENETRATIONS)),
    ("anxiety", tuple(f"anxiety.{kind}" for kind in PENETRATIONS)),
    ("checklist", tuple(_NAMES)),
    ("consent", ("consents",)),
)


def group(name: str) -> str:
    return {
        "wishes": gettext("What she wishes for"),
        "before": gettext("How it has been"),
        "examination": gettext("Examination"),
        "pain": gettext("Pain, 0 to 10"),
        "anxiety": gettext("Anxiety, 0 to 10"),
        "checklist": gettext("Before an injection"),
        "consent": gettext("Consent"),
    }[name]


def field(name: str) -> str:
    """How a field is called in a table of them."""
    _, _, kind = name.partition(".")
    if kind:
        return penetration(kind)
    if name in _NAMES:
        return _capital(contraindication(name))
    return {
        "goals": gettext("Goals"),
        "onset": gettext("Since when"),
        "lasted_months": gettext("Has lasted"),
        "treatments": gettext("Tried before"),
        "grade": gettext("Severity grade"),
        "oxford": gettext("Modified Oxford"),
        "perfect": gettext("PERFECT"),
        "consents": gettext("Consents to treatment"),
    }[name]


def value(name: str, found: Value) -> str:
    """A field's value as it is read."""
    if isinstance(found, tuple):
        return listed(goal(each) if name == "goals" else treatment(each) for each in found)
    if isinstance(found, bool):
        return gettext("yes") if found else gettext("no")
    if name == "onset":
        return onset(str(found))
    if name == "lasted_months":
        return lasted(int(str(found)))
    if isinstance(found, date):
        return str(format_date(found, "medium", rebase=False))
    return str(found)


def cell(name: str, values: Mapping[str, Value]) -> str:
    """What one consultation says of a field, in a table; empty where it says nothing."""
    if name == "perfect":
        return perfect(values)
    found = values.get(name)
    words = "" if found is None else value(name, found)
    if name == "consents" and "consent_on" in values:
        words = gettext("%(answer)s, %(day)s", answer=words, day=value("consent_on", values["consent_on"]))
    return words


def perfect(values: Mapping[str, Value]) -> str:
    """`P4 E6 R4 F7`, as it is usually noted; empty where none of the four was found out."""
    if not any(name in values for name in PERFECT):
        return ""
    return " ".join(f"{letter}{values.get(name, '–')}" for letter, name in zip("PERF", PERFECT, strict=True))


def goal(name: str) -> str:
    return {
        "comfort": gettext("comfort"),
        "tampon": gettext("a tampon"),
        "examination": gettext("an examination"),
        "finger": gettext("a finger"),
        "intercourse": gettext("intercourse"),
        "none_of_these": gettext("none of these"),
    }[name]


def onset(name: str) -> str:
    return {"lifelong": gettext("as long as she remembers"), "acquired": gettext("it came later")}[name]


def penetration(name: str) -> str:
    return {
        "swab": gettext("Swab"),
        "tampon": gettext("Tampon"),
        "finger": gettext("Finger"),
        "examination": gettext("Examination"),
        "dilator": gettext("Dilator"),
        "intercourse": gettext("Intercourse"),
    }[name]


def rating(scale: str, kind: str) -> str:
    """What a field of the form is for, where only its row and column say so."""
    scales = {"pain": gettext("Pain, %(kind)s"), "anxiety": gettext("Anxiety, %(kind)s")}
    return scales[scale] % {"kind": penetration(kind).lower()}


def treatment(name: str) -> str:
    """One of the list in the reader's language, or the words that were typed."""
    return gettext(TREATMENTS[name]) if name in TREATMENTS else name


def contraindication(name: str) -> str:
    return gettext(_NAMES[name])


def contraindications(found: Iterable[Contraindication]) -> str:
    return listed(gettext(each.name) for each in found)


def answered(values: Mapping[str, Value]) -> list[tuple[str, str]]:
    """The checklist by its answers: what was answered with yes, with no, and what stayed open."""
    if not any(name in values for name in _NAMES):
        return []
    groups = (
        (gettext("Before an injection: yes"), True),
        (gettext("Before an injection: no"), False),
        (gettext("Before an injection: left open"), None),
    )
    found = [
        (title, listed(contraindication(name) for name in _NAMES if values.get(name) is answer))
        for title, answer in groups
    ]
    return [(title, names) for title, names in found if names]


def grade(number: int) -> str:
    """After Lamont; 5 after Pacik."""
    return {
        0: gettext("0: none found now"),
        1: gettext("1: lets go when she is reassured"),
        2: gettext("2: stays tight although reassured"),
        3: gettext("3: lifts away from the touch"),
        4: gettext("4: draws back and closes the thighs"),
        5: gettext("5: the whole body answers, with sweat, trembling or sickness"),
    }[number]


def oxford(number: int) -> str:
    return {
        0: gettext("0: nothing felt"),
        1: gettext("1: a flicker"),
        2: gettext("2: weak"),
        3: gettext("3: moderate, with a lift"),
        4: gettext("4: good, against resistance"),
        5: gettext("5: strong, against resistance"),
    }[number]


def lasted(months: int) -> str:
    """`5 years 4 months`."""
    years, rest = divmod(months, 12)
    parts = []
    if years:
        parts.append(ngettext("%(num)d year", "%(num)d years", years))
    if rest or not years:
        parts.append(ngettext("%(num)d month", "%(num)d months", rest))
    return " ".join(parts)


def listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def rows(consulted: Sequence[Mapping[str, Value]]) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """The table of what is known: (group, [(field, a cell for each consultation)]); a field without any is left out."""
    found = []
    for name, fields in GROUPS:
        lines = [(field(each), [cell(each, values) for values in consulted]) for each in fields]
        lines = [(each, cells) for each, cells in lines if any(cells)]
        if lines:
            found.append((group(name), lines))
    return found


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
