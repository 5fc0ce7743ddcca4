"""How each value is written, as JSON Schema: the patterns come from the readers' own expressions in `values`.

A schema marked with `NAMED` becomes a definition of that name; one that a field has stands under `IS`, so that what is
said of the field and of the value stay apart. `coach.language.schema` takes both marks out again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic_core import CoreSchema, core_schema

from coach.language import values as v

Schema = dict[str, Any]

IS = "coach:is"
NAMED = "coach:named"


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What stands beside a field's type: its reader and its JSON Schema. `asks_context`: the reader takes both the
    value and pydantic's information about the file."""

    read: Callable[..., Any]
    schema: Schema
    asks_context: bool = False

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        if self.asks_context:
            return core_schema.with_info_plain_validator_function(self.read)
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, core: object, handler: object) -> Schema:
        return {IS: self.schema}


def named(name: str, schema: Schema | None = None) -> Schema:
    """A definition; without a schema a reference to one that stands elsewhere."""
    return {NAMED: name, **(schema or {})}


def pattern(*expressions: re.Pattern[str], ahead: str = "") -> Schema:
    """A text that one of the readers' expressions takes as a whole. `ahead`: what the reader refuses besides."""
    alternatives = "|".join(each.pattern for each in expressions)
    return {"type": "string", "pattern": f"^{ahead}(?:{alternatives})$"}


def choice(*words: str) -> Written:
    """One of these words."""
    return Written(v.choice(*words), {"enum": list(words)})


def either(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def alone_or_list(schema: Schema, **more: Any) -> Schema:
    """What may stand alone or as a list."""
    return either(schema, {"type": "array", "items": schema, **more})


def one_key_of(schema: Schema, **known: Schema) -> Schema:
    """A map with a single key."""
    return {
        "type": "object",
        "properties": known,
        "additionalProperties": schema,
        "minProperties": 1,
        "maxProperties": 1,
    }


DURATION = named(
    "duration",
    pattern(v._A_DURATION, ahead=r"(?=\s*\d)")
    | {
        "maxLength": v._LONGEST_AMOUNT - 1,
        "description": "A length of time, always with its unit: hours, minutes, seconds and tenths of a second, at "
        "most 2 hours.",
        "examples": ["45s", "10min", "1h", "1min30s", "2.5s"],
    },
)
# Of numbers with four digits at most: what `MOST_DAYS` forbids.
_TOO_MANY_DAYS = (
    r"(?:(?:364[1-9]|36[5-9]\d|3[7-9]\d\d|[4-9]\d{3})\s*d|0?(?:52[1-9]|5[3-9]\d|[6-9]\d\d)\s*w|[1-9]\d{3}\s*w)"
)
DAYS = named(
    "days",
    pattern(v._A_DAY, ahead=rf"(?!\d{{5}}|{_TOO_MANY_DAYS})")
    | {
        "description": "A number of days or weeks on the patient's own calendar, at most 520 weeks.",
        "examples": ["5d", "2w"],
    },
)
ANCHOR = named(
    "day",
    pattern(v._AN_ANCHOR, ahead=rf"(?!.*\d{{5}}|.*[+-]\s*{_TOO_MANY_DAYS})")
    | {
        "description": "A day that is counted from another: `start` is the first day of the assignment; `injection` "
        "the day of the injection that the assignment goes by, the planned one until it is charted; `insertion` the "
        "earliest day on which the injector allows insertion.",
        "examples": ["start", "start + 2w", "injection - 14d", "insertion"],
    },
)
REFERENCE = named(
    "reference",
    pattern(v._A_REFERENCE, ahead=r"(?!.*\..*[+-])")
    | {
        "description": "Stands for a value that is known only for the patient: `$still` is a parameter; "
        "`$strength.hold` a value of her rung; `$dilator` the size of her rung, `$dilator - 1` and `$dilator + 1` the "
        "rungs beside it.",
        "examples": ["$still", "$strength.hold", "$dilator", "$dilator - 1"],
    },
)
MILLIMETRES = named(
    "millimetres",
    pattern(v._A_SIZE, ahead=r"(?!0*[1-9]\d{2})(?![0.]*\s*mm)")
    | {
        "description": "A diameter in millimetres, less than 100.",
        "examples": ["13mm", "22.5mm"],
    },
)
SHARE = named(
    "share",
    pattern(v._A_SHARE, ahead=r"(?=0*(?:\d{1,2}(?:\.\d+)?|100(?:\.0+)?)\s*%)")
    | {
        "description": "A part of the whole, from 0 to 100 per cent, with its sign.",
        "examples": ["80%", "50%"],
    },
)
COUNT = named(
    "count",
    {
        "type": "integer",
        "minimum": 0,
        "maximum": v.MOST_REPS,
        "description": f"A whole number from 0 to {v.MOST_REPS}.",
        "examples": [3],
    },
)
RATING = named(
    "rating",
    {
        "type": "integer",
        "minimum": 0,
        "maximum": 10,
        "description": "An answer on a scale, a whole number from 0 to 10.",
        "examples": [4],
    },
)
NAME = named(
    "name",
    pattern(v.NAME)
    | {
        "description": "A name that you give: small letters, digits and `_`, beginning with a letter, at most 64. It "
        "is kept with the patient's record, so leave it as it is once somebody practises with it.",
        "examples": ["belly_breathing"],
    },
)
RUNG_NAME = named(
    "rung_name",
    pattern(v._A_RUNG_NAME)
    | {
        "description": "The name of a rung: like any name, and it may begin with a digit.",
        "examples": ["d1", "3a"],
    },
)
LANGUAGE = named(
    "language",
    pattern(v._A_LANGUAGE)
    | {
        "description": "A language by its code of two or three small letters, with a country if need be.",
        "examples": ["en", "es", "es-MX"],
    },
)
LINE = named(
    "line",
    {
        "type": "string",
        "pattern": r"^\s*\S(?:.*\S)?\s*$",
        "maxLength": v.LONGEST_TEXT,
        "description": f"A text in one language and on one line, at most {v.LONGEST_TEXT} letters.",
        "examples": ["Example clinic"],
    },
)
DATE = named(
    "date",
    {
        "type": "string",
        "pattern": r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$",
        "description": "A date: year, month, day.",
        "examples": ["2026-03-01"],
    },
)


def _by_language(schema: Schema) -> Schema:
    return either(
        schema, {"type": "object", "propertyNames": LANGUAGE, "additionalProperties": schema, "minProperties": 1}
    )


TITLE = named(
    "title",
    _by_language(LINE)
    | {
        "description": "A short text that a patient reads, on one line: one text, or one for each language, the "
        "program's own among them.",
        "examples": ["Let go", {"en": "Let go", "es": "Soltar"}],
    },
)
TEXT = named(
    "text",
    _by_language({"type": "string", "pattern": r"\S", "maxLength": v.LONGEST_TEXT})
    | {
        "description": "What a patient reads or hears: a text, or one text for each language, the program's own "
        "among them. Emphasis and lists at most; anything like HTML is shown as it stands.",
        "examples": ["Let go", {"en": "Let go", "es": "Soltar"}],
    },
)
AMOUNT = named(
    "amount",
    either(COUNT, DURATION, MILLIMETRES, SHARE)
    | {
        "description": "A number, a duration, a size in millimetres or a share; its unit says which.",
        "examples": [5, "10s", "13mm", "80%"],
    },
)
DURATION_VALUE = either(DURATION, REFERENCE)
COUNT_VALUE = either(COUNT, REFERENCE)
SIZE_VALUE = named(
    "size",
    either(MILLIMETRES, REFERENCE, NAME)
    | {
        "description": "The size of a dilator: in millimetres, the patient's rung as a reference, or the name of a "
        "rung of this program. Never the number that a brand prints on it: it means different sizes in different "
        "sets.",
        "examples": ["13mm", "$dilator", "$dilator - 1", "d3"],
    },
)

_BLANK = r"\s+"
_REFERENCED = r"\$[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*|[+-]\d{1,2})?"
_A_DAY_RANGE = "|".join(f"0*{low}-0*[{max(low, 1)}-{v.MOST_A_DAY}]" for low in range(v.MOST_A_DAY + 1))
_UP_TO_42 = r"0*(?:[1-9]|[1-3]\d|4[0-2])"
_WEEKDAY = f"(?:{'|'.join(v.WEEKDAYS)})"
_ON = rf"(?:{_BLANK}on{_BLANK}(?:any{_BLANK}[1-7]{_BLANK}days?|{_WEEKDAY}(?:[,\s]+{_WEEKDAY})*))?"
_FREQUENCIES = (
    rf"every{_BLANK}0?(?:[1-9]|[1-5]\d|60){_BLANK}days?",
    rf"(?:{_REFERENCED}|0*[1-{v.MOST_A_DAY}]|{_A_DAY_RANGE}){_BLANK}(?:per|a){_BLANK}day{_ON}",
    rf"(?:{_REFERENCED}|(?:(?:0+|{_UP_TO_42})-)?{_UP_TO_42}){_BLANK}(?:per|a){_BLANK}week",
)
FREQUENCY = named(
    "frequency",
    pattern(*(re.compile(each) for each in _FREQUENCIES))
    | {
        "description": "How often a session is due. Of a range the lower number is prescribed and the upper one is "
        "the target. `per week` and `on any 5 days` leave the days to the patient, and no single day is owed.",
        "examples": [
            "2 per day",
            "1-2 per day",
            "5 per week",
            "every 2 days",
            "1 per day on mon wed fri",
            "2 per day on any 5 days",
            "$strength.per_day per day",
        ],
    },
)
AFTER = named(
    "number_of_sessions",
    pattern(*(re.compile(each.pattern.replace(" ", r"\s+")) for each, _ in v._AFTER), ahead=r"(?!0+\s)")
    | {
        "description": "How many of the last sessions decide.",
        "examples": ["3 of 4 sessions", "2 sessions in a row", "1 session"],
    },
)

_TESTS = {
    "at_least": "{scale}: the answer is this number or more.",
    "at_most": "{scale}: the answer is this number or less.",
    "never_above": "{scale}: no answer of the session, not even for a moment, lies above this number.",
    "rises_by": "{scale}: an answer lies this much above the one at the session's start.",
}


def clauses(others: dict[str, Schema]) -> Schema:
    """A map of comparisons on any scale, and these other keys."""
    built_in = {
        f"{scale}_{test}": {IS: RATING, "description": meaning.format(scale=scale.capitalize())}
        for scale in ("pain", "anxiety")
        for test, meaning in _TESTS.items()
    }
    return {
        "type": "object",
        "properties": {**others, **built_in},
        "patternProperties": {f".+_({'|'.join(v.TESTS)})$": RATING},
        "x-keys": "scales",
        "x-endings": [f"_{test}" for test in v.TESTS],
        "additionalProperties": False,
    }


STILL_AFTER = {
    IS: DURATION,
    "description": "It has to hold still when this time has passed since it first did.",
    "examples": ["30s"],
}
CONDITION = named(
    "condition",
    clauses({"still_after": STILL_AFTER})
    | {
        "minProperties": 1,
        "anyOf": [{"minProperties": 2}, {"not": {"required": ["still_after"]}}],
        "description": "What the ratings of a session have to say: all that stands in it has to hold. The keys are a "
        "scale with `_at_least`, `_at_most`, `_never_above` or `_rises_by`, the same for scales of your own. A rating "
        "that was skipped meets no condition.",
        "examples": [{"pain_at_least": 7}, {"anxiety_at_least": 7, "still_after": "2min"}],
    },
)
RULE = named(
    "rule",
    clauses(
        {
            "after": {IS: AFTER, "description": "How many of the last sessions have to show it."},
            "completed": {
                IS: SHARE,
                "description": "How much of the prescribed steps on that ladder has to be done.",
                "examples": ["100%"],
            },
            "stayed_at_opening": {
                "type": "boolean",
                "description": "Whether the patient stayed at the opening instead of going on.",
            },
        }
    )
    | {
        "required": ["after"],
        "description": "What the last sessions have to show: a number of sessions, and what has to hold in them.",
        "examples": [{"after": "3 of 4 sessions", "completed": "100%", "pain_at_most": 2}],
    },
)


def a_map_of(schema: Schema, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": schema, **more}


def ways(*each: tuple[Iterable[str], Iterable[str]]) -> list[Any]:
    """Ways to write an entry: the keys that each needs, and those that it forbids."""
    return [{"required": [*needed], "properties": dict.fromkeys(forbidden, False)} for needed, forbidden in each]
