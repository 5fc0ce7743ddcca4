"""What was probably meant by a value that is written as on a hand-out: `20 s`, `twice a day`, `day 8`, `Child's pose`.

Each function takes a text that its reader in `values` refused and gives the ways to write it, or an empty tuple where
nobody can say. Every one of them is a value that the reader takes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST = 80  # letters of a text that is looked at

_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "once": 1, "twice": 2, "thrice": 3,
    "un": 1, "una": 1, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8,
    "nueve": 9, "diez": 10,
}  # fmt: skip
_NUMBER = rf"\d{{1,4}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}"
_UNITS = {
    "h": r"h|hrs?|hours?|horas?",
    "min": r"m|mins?|minutes?|minutos?|'",
    "s": r"s|secs?|seconds?|segs?|segundos?|''|\"",
}
_TIME = "".join(
    rf"(?:(?P<{unit}>\d+(?:\.\d)?|{_NUMBER}) ?(?:{names})(?![a-z]) ?(?:and |y )?)?" for unit, names in _UNITS.items()
)
_A_TIME = re.compile(_TIME)
_TO = r"(?: ?[-–] ?| (?:to|or|a|o) )"
_A_RANGE = re.compile(rf"(?P<low>\d+(?:\.\d)?) ?(?P<first>[a-z]*){_TO}(?P<high>\d+(?:\.\d)?) ?(?P<last>[a-z]+)")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)")

_DAYS = r"(?P<number>" + _NUMBER + r") ?(?P<unit>days?|d|weeks?|wks?|w|d[ií]as?|semanas?|months?|mes(?:es)?)"
_SOME_DAYS = re.compile(_DAYS)
_ON = {
    "start": "start|beginning|first day|assignment|program|inicio|comienzo",
    "injection": "injection|injections|injection day|botox|toxin|treatment|inyecci[oó]n",
    "insertion": "insertion|insertion day|inserci[oó]n",
}
_ANCHOR = "|".join(f"(?P<{anchor}>{names})" for anchor, names in _ON.items())
_OFFSET = re.compile(rf"(?:{_ANCHOR}) ?(?P<sign>[-+–]) ?(?:(?P<bare>\d{{1,4}})|{_DAYS})")
_AWAY = re.compile(
    rf"(?:{_DAYS} )?(?P<side>after|before|post|pre|from|despu[eé]s de|antes de)[ -](?:the |la |el )?(?:{_ANCHOR})"
)
_THE_DAY = re.compile(rf"(?:(?:on )?(?:the )?day of |el d[ií]a de )?(?:the |la |el )?(?:{_ANCHOR})(?: day)?")
_NUMBERED = re.compile(r"(?P<unit>day|week|wk|d[ií]a|semana) ?(?P<number>\d{1,3})")

_TIMES = rf"(?P<low>{_NUMBER})(?:{_TO}(?P<high>\d{{1,2}}|{_NUMBER}))?(?: ?(?:x|times|time|veces|vez|sessions?))?"
_A_DAY = r"(?:(?:(?:per|a|each|every|in a|al|por|cada) |/ ?|x ?)(?:day|d[ií]a)|daily|diari[oa]|diariamente)"
_A_WEEK = r"(?:(?:(?:per|a|each|every|in a|a la|por|cada) |/ ?)(?:week|wk|semana)|weekly|semanal)"
_ANY = r"(?P<any>[1-7]|two|three|four|five|six|seven|cinco|seis) ?(?:days?|d[ií]as?)"
_EVERY = re.compile(
    rf"(?:every|each|cada) (?P<number>{_NUMBER}|other|second|third|fourth)(?:st|nd|rd|th)? (?:days?|d[ií]as?)"
)
_ON_ANY = re.compile(rf"(?:{_TIMES})? ?(?P<day>{_A_DAY})?,? ?(?:on )?(?:any )?{_ANY}(?: ?{_A_WEEK})?")
_PER_DAY = re.compile(rf"(?:{_TIMES})? ?{_A_DAY}")
_PER_WEEK = re.compile(rf"(?:{_TIMES})? ?{_A_WEEK}")
_ON_DAYS = re.compile(
    rf"(?:{_TIMES})? ?(?:{_A_DAY}|(?P<week>{_A_WEEK}))? ?(?:(?:on|every|each|los|cada) )?(?P<days>.+)"
)
_ALONE = re.compile(_TIMES)
_PARTS_OF_DAY = {
    "every morning": 1, "every evening": 1, "every night": 1, "mornings": 1, "evenings": 1, "in the morning": 1,
    "in the evening": 1, "at bedtime": 1, "morning and evening": 2, "mornings and evenings": 2, "am and pm": 2,
    "cada mañana": 1, "cada noche": 1, "mañana y noche": 2, "every second week": 0,
}  # fmt: skip
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEMANA = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_GROUPS = {
    "weekdays": range(5), "weekday": range(5), "workdays": range(5), "working": range(5), "laborables": range(5),
    "weekends": range(5, 7), "weekend": range(5, 7),
}  # fmt: skip

_COUNT = re.compile(
    rf"x ?(?P<after>\d{{1,3}})|(?P<number>{_NUMBER})"
    r"(?: ?(?:x|times?|rep(?:etition)?s?|sets?|breaths?|rounds?|parts?"
    r"|veces|vez|repetici(?:ón|ones)|series?|respiraciones))?"
)
_SPAN = re.compile(rf"(\d{{1,3}}){_TO}(\d{{1,3}})(?: ?(?:x|times|reps|veces))?")
_SESSIONS = re.compile(
    rf"(?P<need>{_NUMBER})(?: ?(?:out of|of|/|in|from|de) ?(?:the )?(?:last )?(?P<of>{_NUMBER}))?"
    r"(?: (?:consecutive|good|in a row))?(?: (?:sessions?|sesiones))?(?: (?:in a row|seguidas|running))?"
)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?) ?(?:percent|per cent|pct|por ciento)")
_SHARES = {"half": "50%", "all": "100%", "whole": "100%", "quarter": "25%", "mitad": "50%"}
_CENTIMETRES = re.compile(r"(\d(?:\.\d)?) ?(?:cm|centimet(?:re|er)s?)")
_MILLIMETRES = re.compile(r"(\d{1,2}(?:\.\d)?) ?millimet(?:re|er)s?")
_OUT_OF_TEN = re.compile(r"(\d|10) ?/ ?10")
_COMPARED = re.compile(
    r"(?P<scale>[a-z][a-z0-9_]*) ?(?:(?P<sign>>=|≥|<=|≤|>|<)|_?(?P<test>at[ _]least|at[ _]most|never[ _]above)) ?"
    r"(?P<value>\d{1,2})"
)
_LANGUAGES = {"english": "en", "inglés": "en", "ingles": "en", "spanish": "es", "español": "es", "castellano": "es"}

# Words for keys: what is meant by them is the first of these that may stand where they are written.
_BOTH_SIDES = "sides: both"
_KEYS = {
    **dict.fromkeys(
        ("each side", "both sides", "per side", "two sides", "left and right", "bilateral"), (_BOTH_SIDES,)
    ),
    **dict.fromkeys(("cada lado", "ambos lados"), (_BOTH_SIDES,)),
    **dict.fromkeys(("repetitions", "repeats", "repeat", "times", "repeticiones"), ("reps",)),
    **dict.fromkeys(("rounds", "series"), ("sets",)),
    **dict.fromkeys(("duration", "time", "length", "minutes", "seconds", "how long", "duración"), ("for",)),
    **dict.fromkeys(("pause", "break", "rest time", "descanso"), ("rest",)),
    **dict.fromkeys(("name", "heading", "título", "nombre"), ("title", "id")),
    **dict.fromkeys(("description", "instructions", "instruction", "how", "how to", "text"), ("cue", "summary")),
    **dict.fromkeys(("exercises", "activities", "ejercicios"), ("steps",)),
    **dict.fromkeys(("sessions", "frequency", "schedule", "how often"), ("do", "phases")),
    **dict.fromkeys(("begin", "begins", "start", "starts", "start day", "first day"), ("from",)),
    **dict.fromkeys(("end", "ends", "end day", "last day"), ("to",)),
    **dict.fromkeys(("release", "let go"), ("relax",)),
    **dict.fromkeys(("squeeze", "tighten", "contraction"), ("contract",)),
    **dict.fromkeys(("inhale", "breathe in"), ("in",)),
    **dict.fromkeys(("exhale", "breathe out"), ("out",)),
    **dict.fromkeys(("cool down", "cooldown"), ("finish",)),
    **dict.fromkeys(("stop if", "stop"), ("stop_when",)),
    **dict.fromkeys(("warnings", "contraindications", "precautions"), ("cautions",)),
    **dict.fromkeys(("sources", "references", "literature"), ("evidence",)),
    **dict.fromkeys(("materials", "props"), ("equipment",)),
    **dict.fromkeys(("red flags", "warning signs"), ("safety_checks",)),
    **dict.fromkeys(("question",), ("ask",)),
}


def key(written: str, known: Sequence[str]) -> str | None:
    """`each side` as `sides: both`, `repetitions` as `reps`, where such a key may stand."""
    targets = _KEYS.get(_plain(written).replace("_", " ").replace("-", " "), ())
    return next((each for each in targets if each.partition(":")[0] in known), None)


def duration(written: str) -> tuple[str, ...]:
    """`20 s` as `20s`, `1 minute` as `1min`, `1:30` as `1min30s`, `30-60s` as `30s` or `60s`."""
    text = _plain(written).rstrip(".").replace(",", ".")
    text = {"half a minute": "30s", "half an hour": "30min"}.get(text, text)
    if found := _CLOCK.fullmatch(text):
        minutes, seconds = int(found[1]), int(found[2])
        return (f"{minutes}min{seconds}s" if seconds else f"{minutes}min",) if minutes else (f"{seconds}s",)
    if found := _A_RANGE.fullmatch(text):
        low = duration(found["low"] + (found["first"] or found["last"]))
        high = duration(found["high"] + found["last"])
        return (*low, *high) if low and high else ()
    found = _A_TIME.fullmatch(text + " ") or _A_TIME.fullmatch(text)
    if not text or found is None or not any(found.groups()):
        return ()
    return ("".join(f"{_NUMBERS.get(amount, amount)}{unit}" for unit, amount in found.groupdict().items() if amount),)


def days(written: str) -> tuple[str, ...]:
    """`6 weeks` as `6w`, `one day` as `1d`, `2 months` as `8w` or `60d`."""
    found = _SOME_DAYS.fullmatch(_plain(written))
    return _some_days(found) if found else ()


def anchor(written: str, *, is_last: bool = False) -> tuple[str, ...]:
    """`day 1` as `start`, `day 8` as `start + 7d`, `2 weeks after injection` as `injection + 2w`.

    `is_last`: of a last day, so that `week 2` ends on `start + 13d`.
    """
    text = _plain(written)
    if text in ("today", "now", "immediately", "hoy"):
        return ("start",)
    if found := _NUMBERED.fullmatch(text):
        number = int(found["number"])
        in_days = found["unit"].startswith("d")
        first = number - 1 if in_days else 7 * (number - 1)
        return (_counted("start", 7 * number - 1 if is_last and not in_days else first),) if number else ()
    if found := _OFFSET.fullmatch(text):
        amount = (f"{int(found['bare'])}d",) if found["bare"] else _some_days(found)
        return tuple(f"{_which(found)} {'+' if found['sign'] == '+' else '-'} {each}" for each in amount)
    if found := _AWAY.fullmatch(text):
        on = _which(found)
        sign = "-" if found["side"].startswith(("before", "pre", "antes")) else "+"
        if found["number"]:
            return tuple(f"{on} {sign} {each}" for each in _some_days(found))
        return (f"{on} - 1d",) if sign == "-" else (on, f"{on} + 1d")
    if found := _THE_DAY.fullmatch(text):
        return (_which(found),)
    return ()


def frequency(written: str) -> tuple[str, ...]:
    """`twice a day` as `2 per day`, `every other day` as `every 2 days`, `Mon and Thu` as `1 per day on mon thu`."""
    text = re.sub(r" ?[–—] ?", "-", _plain(written).rstrip(".")).replace("×", "x")
    if text in _PARTS_OF_DAY:
        return (f"{_PARTS_OF_DAY[text]} per day",) if _PARTS_OF_DAY[text] else ()
    if found := _EVERY.fullmatch(text):
        ordinals = {"other": 2, "second": 2, "third": 3, "fourth": 4}
        every = ordinals.get(found["number"]) or _number(found["number"])
        return ("1 per day",) if every == 1 else (f"every {every} days",)
    if found := _PER_DAY.fullmatch(text):
        return (f"{_times(found)} per day",)
    if found := _PER_WEEK.fullmatch(text):
        return (f"{_times(found)} per week",)
    if (found := _ON_ANY.fullmatch(text)) and (found["low"] is None or found["day"]):
        return (f"{_times(found)} per day on any {_number(found['any'])} days",)
    if (found := _ON_DAYS.fullmatch(text)) and (names := _weekdays(found["days"])):
        times = "1" if found["week"] else _times(found)
        return (f"{times} per day on {' '.join(names)}",)
    if (found := _ALONE.fullmatch(text)) and text not in ("a", "an", "o"):
        return f"{_times(found)} per day", f"{_times(found)} per week"
    return ()


def count(written: str) -> tuple[str, ...]:
    """`3 times` as `3`, `x10` as `10`, `8-12` as `8` or `12`."""
    text = _plain(written)
    if found := _SPAN.fullmatch(text):
        return found[1], found[2]
    found = _COUNT.fullmatch(text)
    return (str(_number(found["after"] or found["number"])),) if found else ()


def after(written: str) -> tuple[str, ...]:
    """`3 out of 4 sessions` as `3 of 4 sessions`, `2 consecutive sessions` as `2 sessions in a row`."""
    found = _SESSIONS.fullmatch(_plain(written))
    if found is None:
        return ()
    need = _number(found["need"])
    if found["of"]:
        return (f"{need} of {_number(found['of'])} sessions",)
    return (f"{need} session{'s in a row' if need > 1 else ''}",)


def share(written: str) -> tuple[str, ...]:
    """`80 percent` as `80%`, `half` as `50%`."""
    text = _plain(written)
    if found := _SHARE.fullmatch(text):
        return (f"{found[1]}%",)
    return (_SHARES[text],) if text in _SHARES else ()


def size(written: str) -> tuple[str, ...]:
    """`2.2cm` as `22mm`."""
    text = _plain(written).replace(",", ".")
    if found := _CENTIMETRES.fullmatch(text):
        return (f"{float(found[1]) * 10:g}mm",)
    found = _MILLIMETRES.fullmatch(text)
    return (f"{found[1]}mm",) if found else ()


def rating(written: str) -> tuple[str, ...]:
    """`7/10` as `7`."""
    found = _OUT_OF_TEN.fullmatch(_plain(written))
    return (found[1],) if found else ()


def comparison(written: str) -> tuple[str, ...]:
    """`pain >= 7` as `{pain_at_least: 7}`."""
    found = _COMPARED.fullmatch(_plain(written))
    if found is None:
        return ()
    value, sign = int(found["value"]), found["sign"] or ""
    test = found["test"].replace(" ", "_") if found["test"] else "at_least" if sign in (">=", "≥", ">") else "at_most"
    value += {">": 1, "<": -1}.get(sign, 0)
    return (f"{{{found['scale'].rstrip('_')}_{test}: {value}}}",) if 0 <= value <= 10 else ()


def language(written: str) -> tuple[str, ...]:
    """`English` as `en`."""
    text = _plain(written)
    if text in _LANGUAGES:
        return (_LANGUAGES[text],)
    found = re.fullmatch(r"([a-z]{2})(?:[-_]([a-z]{2}))?", text)
    return (found[1] + (f"-{found[2].upper()}" if found[2] else ""),) if found else ()


def name(written: str) -> tuple[str, ...]:
    """`Child's pose` as `childs_pose`, `week 1` as `week_1`."""
    if len(written) > LONGEST:
        return ()
    letters = unicodedata.normalize("NFKD", written.lower())
    letters = "".join(each for each in letters if not unicodedata.combining(each) and each not in "'’`´\"“”")
    found = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")
    return (found[:64],) if re.match("[a-z]", found) else ()


def names(written: str) -> tuple[str, ...]:
    """`pain, anxiety` as the two names, in order; empty for fewer than two."""
    if len(written) > LONGEST:
        return ()
    parts = [each for each in re.split(r"\s*[,;/]\s*|\s+(?:and|y|then|&|\+)\s+", written.strip()) if each]
    found = [each for part in parts for each in name(part)]
    return tuple(found) if len(found) == len(parts) > 1 else ()


def quoted(text: str) -> str:
    """A text as it stands in braces."""
    if not re.search(r"[,:#{}\[\]'\"]|^[-*&!|>@`%?]", text):
        return text
    return f'"{text}"' if '"' not in text and "\\" not in text else "'" + text.replace("'", "''") + "'"


# -- parts ------------------------------------------------------------------------------------------------------------


def _plain(written: str) -> str:
    return " ".join(written[: LONGEST + 1].lower().replace("’", "'").replace("“", '"').replace("”", '"').split())


def _number(written: str) -> int:
    return _NUMBERS[written] if written in _NUMBERS else int(written)


def _some_days(found: re.Match[str]) -> tuple[str, ...]:
    number, unit = _number(found["number"]), found["unit"]
    if unit.startswith("m"):
        return f"{number * 4}w", f"{number * 30}d"
    return (f"{number}{'d' if unit.startswith('d') else 'w'}",)


def _which(found: re.Match[str]) -> str:
    return next(anchor for anchor in _ON if found[anchor])


def _counted(on: str, offset: int) -> str:
    if offset == 0:
        return on
    return f"{on} + {offset // 7}w" if offset % 7 == 0 and offset > 7 else f"{on} + {offset}d"


def _times(found: re.Match[str]) -> str:
    low = _number(found["low"]) if found["low"] else 1
    high = _number(found["high"]) if found["high"] else low
    return f"{low}-{high}" if high > low else str(low)


def _weekdays(written: str) -> tuple[str, ...]:
    """`mondays and thursdays` as `mon`, `thu`; empty where one of the words is no day."""
    numbers: set[int] = set()
    for word in re.split(r"[ ,/&+]+|\band\b|\by\b", written):
        first, dash, last = word.partition("-")
        if word in ("", "and", "y", "days", "días"):
            continue
        if word in _GROUPS:
            numbers.update(_GROUPS[word])
        elif dash and (low := _weekday(first)) is not None and (high := _weekday(last)) is not None and low < high:
            numbers.update(range(low, high + 1))
        elif (number := _weekday(word)) is not None:
            numbers.add(number)
        else:
            return ()
    return tuple(_WEEK[number][:3] for number in sorted(numbers))


def _weekday(word: str) -> int | None:
    plain = "".join(each for each in unicodedata.normalize("NFKD", word.rstrip(".")) if not unicodedata.combining(each))
    for week in (_WEEK, _SEMANA):
        for number, day in enumerate(week):
            if len(plain) >= 3 and (day.startswith(plain) or plain == f"{day}s"):
                return number
    return None
