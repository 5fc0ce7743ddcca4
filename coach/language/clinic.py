"""The numbers that a new clinic starts with, from `programs/clinic/defaults.yaml`: typical effect bands, a generic set
of dilators, quiet hours, and the safety questions for patients whose programs ask none. Clinics edit their own copies
of the first three; nothing in the code knows these numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from coach.domain.program import After, Comparison, DayAnchor, Rule, Rung, SafetyCheck, Text
from coach.domain.progression import Flare
from coach.language.problems import Problems, render
from coach.language.reading import decoded, lines_of, read

BandName = Literal["onset", "plateau", "waning", "worn_off"]


class BadDefaults(ValueError):
    """The file of defaults cannot be used; the message says where."""


@dataclass(frozen=True, slots=True)
class DefaultBand:
    """A typical window of effect in days since the injection, both inside; `to_day` None: from then on."""

    band: BandName
    from_day: int
    to_day: int | None
    source: str


@dataclass(frozen=True, slots=True)
class ClinicDefaults:
    """`generic_set`: smallest first, sizes in mm. Between `quiet_from` and `quiet_to` no reminder is sent.
    `safety_checks` count from the day of an injection; those from the start are meant for as long as a program with
    insertion runs. A `flare` locks a ladder again that a
    therapist had opened."""

    effect_bands: tuple[DefaultBand, ...]
    generic_set: tuple[Rung, ...]
    quiet_from: time
    quiet_to: time
    safety_checks: tuple[SafetyCheck, ...]
    flare: Flare


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Band(_Strict):
    band: BandName
    from_day: Annotated[int, Field(ge=0)]
    to_day: int | None
    source: str


class _Dilator(_Strict):
    rung: str
    size_mm: Annotated[float, Field(gt=0, lt=100)]


class _QuietHours(_Strict):
    from_: time = Field(alias="from")
    to: time

    @field_validator("from_", "to", mode="before")
    @classmethod
    def _of_the_clock(cls, value: Any) -> Any:
        return time.fromisoformat(value) if isinstance(value, str) else value


class _Check(_Strict):
    id: str
    from_day: Annotated[int, Field(ge=0)] = 0
    to_day: int | None = None
    while_: Literal["inserting"] | None = Field(None, alias="while")
    urgency: Literal["emergency", "same_day", "routine"]
    ask: dict[str, str]
    say: dict[str, str]
    source: str

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> _Check:
        if (self.to_day is None) == (self.while_ is None):
            raise ValueError("it needs either a last day or a `while`")
        if self.to_day is not None and self.to_day < self.from_day:
            raise ValueError("it ends before it begins")
        return self

    @field_validator("ask", "say")
    @classmethod
    def _in_english_too(cls, value: dict[str, str]) -> dict[str, str]:
        if "en" not in value:
            raise ValueError("a text needs English, for every language that has none of its own")
        return value


class _Ratings(_Strict):
    need: Annotated[int, Field(ge=1)]
    of: Annotated[int, Field(ge=1)]
    scale: str
    at_least: Annotated[int, Field(ge=1, le=10)]
    source: str


class _Rising(_Strict):
    rising: str
    source: str


class _Defaults(_Strict):
    effect_bands: list[_Band]
    generic_set: list[_Dilator]
    quiet_hours: _QuietHours
    flare: list[_Ratings | _Rising]
    safety_checks: list[_Check]


def read_defaults(text: str | bytes, *, file: str = "clinic/defaults.yaml") -> ClinicDefaults:
    """The defaults that the text holds. Raises BadDefaults."""
    clean = decoded(text)
    if isinstance(clean, tuple):
        raise BadDefaults(f"{file}: {clean[2]}")
    problems = Problems(file, lines_of(clean))
    root = read(clean, problems)
    if problems.all:
        raise BadDefaults(render(problems.all[0]))
    try:
        found = _Defaults.model_validate(root)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadDefaults(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    return ClinicDefaults(
        effect_bands=tuple(
            DefaultBand(band.band, band.from_day, band.to_day, band.source) for band in found.effect_bands
        ),
        generic_set=tuple(Rung(each.rung, each.size_mm) for each in sorted(found.generic_set, key=lambda d: d.size_mm)),
        quiet_from=found.quiet_hours.from_,
        quiet_to=found.quiet_hours.to,
        safety_checks=tuple(
            SafetyCheck(
                id=check.id,
                ask=Text(check.ask["en"], check.ask),
                urgency=check.urgency,
                say=Text(check.say["en"], check.say),
                from_=DayAnchor("start" if check.to_day is None else "injection", check.from_day),
                to=DayAnchor("start") if check.to_day is None else DayAnchor("injection", check.to_day),
            )
            for check in found.safety_checks
        ),
        flare=_flare(found.flare),
    )


def _flare(signs: Iterable[_Ratings | _Rising]) -> Flare:
    rules, rising = [], None
    for sign in signs:
        if isinstance(sign, _Rising):
            rising = sign.rising
        else:
            compared = Comparison(sign.scale, "at_least", sign.at_least)
            rules.append(Rule(after=After(sign.need, sign.of), all_of=(compared,)))
    return Flare(rules=tuple(rules), rising=rising)
