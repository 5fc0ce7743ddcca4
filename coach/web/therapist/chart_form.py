"""The form of an injection's chart as typed: read strictly, kept as it was where it cannot be taken."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from datetime import date, time
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict

from coach.services.charts import (
    ANAESTHESIA,
    DILUENTS,
    GUIDANCE,
    MOST_PUNCTURES,
    MOST_SITES,
    MUSCLES,
    ChartEntry,
    SiteEntry,
    units_per_ml,
)
from coach.services.refusals import Refusal, Refused
from coach.web.therapist import terms
from coach.web.therapist.readings import day_in, number_in, time_in, whole_in

if TYPE_CHECKING:
    from coach.db import tables as t

_OTHER_SIDE = {"left": "right", "right": "left", "midline": "midline"}
_DAYS = (
    "on", "consent_on", "expires_on", "insertion_on", "intercourse_on", "baths_on", "exertion_on", "follow_up_on",
)  # fmt: skip
_NUMBERS = ("units", "vial_units", "dilution_ml", "discarded_units", "theatre_mm", "indwelling_mm")
_WORDS = (
    "zone", "operator", "product", "lot", "diluent", "guidance", "needle", "anaesthesia", "anaesthetic",
    "indwelling_until", "aftercare", "complications", "notes",
)  # fmt: skip
_OFFERED = {"diluent": DILUENTS, "guidance": GUIDANCE, "anaesthesia": ANAESTHESIA}
_YES_OR_NO = {"": None, "yes": True, "no": False}

# The fields that a busy therapist opens only where there is something to say, by the group they stand in.
GROUPS = {
    "vial": ("vial_units", "dilution_ml", "diluent", "discarded_units", "lot", "expires_on"),
    "technique": ("guidance", "needle", "anaesthesia", "anaesthetic"),
    "theatre": ("theatre_mm", "indwelling", "indwelling_mm", "indwelling_until", "complications"),
    "aftercare": ("intercourse_on", "baths_on", "exertion_on", "aftercare", "follow_up_on"),
    "when": ("at", "consent_on"),
}


@dataclass(frozen=True, slots=True)
class SiteTyped:
    """One row of the form as typed."""

    muscle: str = ""
    side: str = "left"
    clock: str = ""
    units: str = ""
    depth: str = ""
    ml: str = ""
    punctures: str = ""

    @classmethod
    def of(cls, site: t.InjectionSite) -> SiteTyped:
        return cls(
            terms.said(site.muscle),
            site.side,
            str(site.clock or ""),
            typed(site.units),
            site.depth or "",
            typed(site.ml),
            str(site.punctures or ""),
        )

    def is_blank(self) -> bool:
        return not (self.muscle or self.clock or self.units or self.ml or self.punctures)

    def says_more(self) -> bool:
        return bool(self.depth or self.ml or self.punctures)

    def mirrored(self) -> SiteTyped:
        """The same on the other side, which is how most techniques go on."""
        clock = str((12 - int(self.clock)) % 12 or 12) if self.clock in map(str, range(1, 13)) else ""
        return replace(self, side=_OTHER_SIDE.get(self.side, "left"), clock=clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The form as typed; blank rows of sites are left out, but where one of them is to be removed."""

    state: str
    on: str = ""
    at: str = ""
    zone: str = ""
    operator: str = ""
    consent_on: str = ""
    product: str = ""
    units: str = ""
    vial_units: str = ""
    lot: str = ""
    expires_on: str = ""
    diluent: str = ""
    dilution_ml: str = ""
    discarded_units: str = ""
    sites: tuple[SiteTyped, ...] = ()
    guidance: str = ""
    needle: str = ""
    anaesthesia: str = ""
    anaesthetic: str = ""
    theatre_mm: str = ""
    indwelling: str = ""
    indwelling_mm: str = ""
    indwelling_until: str = ""
    insertion_on: str = ""
    intercourse_on: str = ""
    baths_on: str = ""
    exertion_on: str = ""
    aftercare: str = ""
    complications: str = ""
    follow_up_on: str = ""
    notes: str = ""
    reason: str = ""
    after: str = ""
    again: str = ""

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Entry:
        # One more than there may be is enough to be refused; a page of thousands would take the server's time.
        columns = [form.getlist(f"site_{each.name}")[: MOST_SITES + 1] for each in fields(SiteTyped)]
        rows = [SiteTyped(*(cell.strip() for cell in row)) for row in zip_longest(*columns, fillvalue="")]
        # A button to remove the second row means the second on the page, also where the first is blank.
        sites = tuple(row for row in rows if "remove_site" in form or not row.is_blank())
        return cls(**{name: form.get(name, "").strip() for name in _TYPED}, sites=sites)

    @classmethod
    def of_chart(cls, chart: t.InjectionChart) -> Entry:
        said: dict[str, str] = {name: getattr(chart, name) or "" for name in _WORDS}
        said |= {name: terms.said(said[name]) for name in _OFFERED}
        said |= {name: _day_typed(getattr(chart, name)) for name in _DAYS}
        said |= {name: typed(getattr(chart, name)) for name in _NUMBERS}
        return cls(
            **said,
            state=chart.state,
            at=f"{chart.at:%H:%M}" if chart.at else "",
            indwelling={None: "", True: "yes", False: "no"}[chart.indwelling],
            sites=tuple(SiteTyped.of(site) for site in chart.sites),
            after=str(chart.number),
        )

    def with_another_site(self) -> Entry:
        return replace(self, sites=(*self.sites, self.sites[-1].mirrored() if self.sites else SiteTyped()))

    def without_site(self, position: str) -> Entry:
        kept = tuple(site for place, site in enumerate(self.sites) if str(place) != position)
        return replace(self, sites=kept)

    @property
    def after_number(self) -> int:
        """0, which no chart has, for what cannot be the number of one."""
        text = self.after
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    @property
    def rows(self) -> tuple[SiteTyped, ...]:
        """At least one to fill in."""
        return self.sites or (SiteTyped(),)

    @property
    def sum_of_sites(self) -> float:
        return math.fsum(number_in(site.units) or 0 for site in self.sites)

    @property
    def ml_of_sites(self) -> float:
        return math.fsum(number_in(site.ml) or 0 for site in self.sites)

    @property
    def units_per_ml(self) -> float | None:
        return units_per_ml(number_in(self.vial_units), number_in(self.dilution_ml))

    def says(self, group: str) -> bool:
        """Whether anything is filled in within a group of GROUPS."""
        return any(getattr(self, name) for name in GROUPS[group])

    def read(self) -> ChartEntry:
        """Raises Refused where something cannot be read as what it has to be."""
        refusals: list[Refusal] = []
        said: dict[str, Any] = {name: self._day(name, refusals) for name in _DAYS}
        said |= {name: _number(name, getattr(self, name), refusals) for name in _NUMBERS}
        said |= {name: getattr(self, name) or None for name in _WORDS}
        said |= {name: terms.meant(getattr(self, name), offered) or None for name, offered in _OFFERED.items()}
        at: time | None = time_in(self.at)
        if self.at and at is None:
            refusals.append(Refusal("at", "unread_time"))
        if not self.on:
            refusals.append(Refusal("on", "missing"))
        if self.state not in ("planned", "given", "cancelled"):
            refusals.append(Refusal("state", "unknown_state"))
        if self.indwelling not in _YES_OR_NO:
            refusals.append(Refusal("indwelling", "not_yes_or_no"))
        sites = tuple(_site(f"sites.{place}", site, refusals) for place, site in enumerate(self.sites))
        if refusals:
            raise Refused(*refusals)
        return ChartEntry(
            **said,
            state=self.state,  # type: ignore[arg-type]
            at=at,
            indwelling=_YES_OR_NO[self.indwelling],
            sites=sites,
        )

    def for_its_days(self) -> ChartEntry:
        """What a plan follows from alone, while the rest is still being filled in. Raises Refused."""
        days = replace(_BLANK, state=self.state, on=self.on, insertion_on=self.insertion_on, zone=self.zone).read()
        return replace(days, product="–", units=1.0) if days.state == "given" else days

    def _day(self, name: str, refusals: list[Refusal]) -> date | None:
        text = getattr(self, name)
        found = day_in(text)
        if text and found is None:
            refusals.append(Refusal(name, "unread_day"))
        return found


_BLANK = Entry(state="")
_TYPED = tuple(each.name for each in fields(Entry) if each.name != "sites")


def groups_open(entry: Entry, errors: dict[str, str]) -> dict[str, bool]:
    """Which groups of GROUPS stand open: those in which something is filled in, or wrong."""
    # A zone stands there from the beginning, so that it opens nothing by itself.
    wrong = {"at" if name == "zone" else name for name in errors}
    return {group: entry.says(group) or not wrong.isdisjoint(names) for group, names in GROUPS.items()}


def typed(number: float | None) -> str:
    """As one would type it: no digit that says nothing."""
    return "" if number is None else f"{number:.3f}".rstrip("0").rstrip(".")


def _day_typed(day: date | None) -> str:
    return day.isoformat() if day else ""


def _number(where: str, text: str, refusals: list[Refusal]) -> float | None:
    found = number_in(text)
    if text and found is None:
        refusals.append(Refusal(where, "unread_number", {"text": text[:40]}))
    return found


def _whole(where: str, text: str, code: str, refusals: list[Refusal], **params: object) -> int | None:
    found = whole_in(text)
    if text and found is None:
        refusals.append(Refusal(where, code, params))
    return found


def _site(where: str, site: SiteTyped, refusals: list[Refusal]) -> SiteEntry:
    units = _number(f"{where}.units", site.units, refusals)
    if not site.units:
        refusals.append(Refusal(f"{where}.units", "missing"))
    return SiteEntry(
        muscle=terms.meant(site.muscle, MUSCLES),
        side=site.side,
        clock=_whole(f"{where}.clock", site.clock, "impossible_clock", refusals),
        units=units or 0.0,
        depth=site.depth or None,
        ml=_number(f"{where}.ml", site.ml, refusals),
        punctures=_whole(f"{where}.punctures", site.punctures, "impossible_punctures", refusals, most=MOST_PUNCTURES),
    )
