"""The numbers that a new clinic starts with, from `programs/clinic/defaults.yaml`: typical effect bands, a generic set
of dilators, quiet hours. Clinics edit their own copies; nothing in the code knows these numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from coach.domain.program import Rung
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
    """`generic_set`: smallest first, sizes in mm. Between `quiet_from` and `quiet_to` no reminder is sent."""

    effect_bands: tuple[DefaultBand, ...]
    generic_set: tuple[Rung, ...]
    quiet_from: time
    quiet_to: time


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


class _Defaults(_Strict):
    effect_bands: list[_Band]
    generic_set: list[_Dilator]
    quiet_hours: _QuietHours


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
    )
