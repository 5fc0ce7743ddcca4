"""What is charted of an injection: its fields, the open lists that are offered, what cannot be and what is warned of.

Units belong to their product (the makers' assays differ): they are never converted, nor summed across products.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from coach.services.refusals import Refusal


def N_(text: str) -> str:
    """Marks what the pages translate; by this name Babel finds it."""
    return text


State = Literal["planned", "given", "cancelled"]
STATES = ("planned", "given", "cancelled")
SIDES = ("left", "right", "midline")
DEPTHS = ("submucosal", "intramuscular", "fascial")

# An open list: others are typed in. INN (brand), as in the makers' labels.
PRODUCTS = (
    "onabotulinumtoxinA (Botox)",
    "abobotulinumtoxinA (Dysport)",
    "incobotulinumtoxinA (Xeomin)",
    "rimabotulinumtoxinB (Myobloc)",
    "daxibotulinumtoxinA (Daxxify)",
    "letibotulinumtoxinA (Letybo)",
    "prabotulinumtoxinA (Jeuveau)",
)
# Terms of the next lists are stored as they stand here, and shown in the reader's language (web/therapist/terms.py).
# Sites that published techniques name; also open.
MUSCLES = (
    N_("bulbospongiosus"),
    N_("superficial transverse perinei"),
    N_("perineal body"),
    N_("lateral submucosal introitus"),
    N_("puborectalis"),
    N_("pubococcygeus"),
    N_("iliococcygeus"),
    N_("coccygeus"),
    N_("obturator internus"),
    N_("piriformis"),
)
# Open, too: how the site was found (Chuang, LUTS 12334), and what she was given for it.
GUIDANCE = (
    N_("palpation and landmarks"),
    N_("EMG"),
    N_("electrical stimulation"),
    N_("ultrasound"),
    N_("fluoroscopy"),
    N_("CT"),
)
ANAESTHESIA = (
    N_("no anaesthesia"),
    N_("topical"),
    N_("local infiltration"),
    N_("pudendal block"),
    N_("conscious sedation"),
    N_("intravenous propofol"),
    N_("general"),
)
DILUENTS = (N_("saline 0.9 %, preservative-free"), N_("saline 0.9 % with preservative"))

# Labels of the type A products give 12 weeks between treatments (e.g. Botox, US prescribing information, 2.1); time
# to re-treatment was 81-84 days in a cervical dystonia trial. Less is worth a second look; her clinician decides.
SHORT_INTERVAL_DAYS = 84

# A syringe is read to about a twentieth of what is in it (ours); what differs by more is worth a second look.
DOSE_TOLERANCE = 0.05

# Where a clock position may lie on her own side: the clock is seen from below while she lies on her back, 12 in front,
# so that 3 is on her left. 12 and 6 are in the middle, and just beside it on either side.
CLOCK_OF = {"left": (12, 1, 2, 3, 4, 5, 6), "right": (6, 7, 8, 9, 10, 11, 12), "midline": (12, 6)}

MOST_UNITS = 50_000
MOST_ML = 1_000
MOST_SITES = 60
MOST_PUNCTURES = 200
LONGEST_LINE = 120  # characters: product, muscle, operator
LONGEST_TEXT = 10_000  # characters: notes, reason
FARTHEST = timedelta(days=3 * 366)
LONGEST_KEPT = timedelta(days=20 * 366)  # a vial's expiry after the day
LONGEST_WAIT = timedelta(days=366)  # of the injector's first days after the day

LINES = (
    "product",
    "operator",
    "lot",
    "diluent",
    "guidance",
    "needle",
    "anaesthesia",
    "anaesthetic",
    "indwelling_until",
)
TEXTS = ("aftercare", "complications", "notes")
FIRST_DAYS = ("insertion_on", "intercourse_on", "baths_on", "exertion_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEntry:
    """One place that was injected; `clock` is the position 1 to 12 where one was noted."""

    muscle: str
    side: str
    units: float
    clock: int | None = None
    depth: str | None = None
    ml: float | None = None
    punctures: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartEntry:
    """What is charted of one injection. `on` and other days are days on the patient's calendar, `at` is on the wall
    clock of `zone` (IANA; None: the patient's). `dilution_ml` was added to one vial of `vial_units`. `units` None where
    it was given: nobody knows the dose."""

    state: State
    on: date
    at: time | None = None
    zone: str | None = None
    operator: str | None = None
    consent_on: date | None = None
    product: str | None = None
    units: float | None = None
    vial_units: float | None = None
    lot: str | None = None
    expires_on: date | None = None
    diluent: str | None = None
    dilution_ml: float | None = None
    discarded_units: float | None = None
    sites: tuple[SiteEntry, ...] = ()
    guidance: str | None = None
    needle: str | None = None
    anaesthesia: str | None = None
    anaesthetic: str | None = None
    theatre_mm: float | None = None
    indwelling: bool | None = None
    indwelling_mm: float | None = None
    indwelling_until: str | None = None
    insertion_on: date | None = None
    intercourse_on: date | None = None
    baths_on: date | None = None
    exertion_on: date | None = None
    aftercare: str | None = None
    complications: str | None = None
    follow_up_on: date | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class ShortInterval:
    """A warning: only so many days between this injection and the nearest other one."""

    code: ClassVar[str] = "short_interval"

    days: int
    other_on: date


@dataclass(frozen=True, slots=True)
class Expired:
    """A warning: what was given had expired before the day of the injection."""

    code: ClassVar[str] = "expired"

    expires_on: date


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A warning: these first days (name of FIRST_DAYS, day) were set while the injection stood on another day, and
    stayed when it moved."""

    code: ClassVar[str] = "left_behind"

    on: date
    was_on: date
    first_days: tuple[tuple[str, date], ...]


@dataclass(frozen=True, slots=True)
class VolumeDiffers:
    """A warning: at the concentration of the vial the ml of a site are not its units; the first such site."""

    code: ClassVar[str] = "volume_differs"

    muscle: str
    ml: float
    per_ml: float
    units: float


@dataclass(frozen=True, slots=True)
class DiscardedMore:
    """A warning: more was discarded than a whole vial holds."""

    code: ClassVar[str] = "discarded_more"

    discarded: float
    vial: float


@dataclass(frozen=True, slots=True)
class SideAgainstClock:
    """A warning: the clock position of a site lies on another side than the one that is charted; the first such
    site."""

    code: ClassVar[str] = "side_against_clock"

    muscle: str
    side: str
    clock: int


Warned = ShortInterval | Expired | LeftBehind | VolumeDiffers | DiscardedMore | SideAgainstClock


def units_per_ml(vial_units: float | None, dilution_ml: float | None) -> float | None:
    """The concentration of one product as it was made up; None where one of the two is not told or cannot be."""
    if vial_units is None or dilution_ml is None or not _possible(vial_units) or not _volume(dilution_ml):
        return None
    return vial_units / dilution_ml


def warnings(entry: ChartEntry, *, earlier: Sequence[ChartEntry] = (), others: Sequence[date]) -> tuple[Warned, ...]:
    """What is worth a second look at a chart that can be; `earlier`: the charts before it, newest first; `others`: days
    of her other injections."""
    if entry.state == "cancelled":
        return ()
    found: list[Warned] = []
    if others:
        nearest = min(others, key=lambda other: (abs((entry.on - other).days), other))
        if (days := abs((entry.on - nearest).days)) < SHORT_INTERVAL_DAYS:
            found.append(ShortInterval(days, nearest))
    if entry.expires_on is not None and entry.expires_on < entry.on:
        found.append(Expired(entry.expires_on))
    return (*found, *_left_behind(entry, earlier), *_volumes(entry), *_discarded(entry), *_sides(entry))


def _volumes(entry: ChartEntry) -> Iterator[VolumeDiffers]:
    per_ml = units_per_ml(entry.vial_units, entry.dilution_ml)
    if per_ml is None:
        return
    for site in entry.sites:
        if site.ml is None:
            continue
        rounded = _rounded_by(site.units) + _rounded_by(site.ml) * per_ml
        if abs(site.ml * per_ml - site.units) > DOSE_TOLERANCE * site.units + rounded:
            yield VolumeDiffers(site.muscle, site.ml, per_ml, site.units)
            return


def _discarded(entry: ChartEntry) -> Iterator[DiscardedMore]:
    left, vial = entry.discarded_units, entry.vial_units
    if left is not None and vial is not None and left > vial:
        yield DiscardedMore(left, vial)


def _sides(entry: ChartEntry) -> Iterator[SideAgainstClock]:
    for site in entry.sites:
        if site.clock is not None and site.clock not in CLOCK_OF.get(site.side, range(1, 13)):
            yield SideAgainstClock(site.muscle, site.side, site.clock)
            return


def _left_behind(entry: ChartEntry, earlier: Sequence[ChartEntry]) -> Iterator[LeftBehind]:
    stayed: dict[date, list[tuple[str, date]]] = {}
    for name in FIRST_DAYS:
        if (first_on := getattr(entry, name)) is None:
            continue
        was_on = _set_in(name, entry, earlier).on
        if was_on != entry.on:
            stayed.setdefault(was_on, []).append((name, first_on))
    for was_on, first_days in stayed.items():
        yield LeftBehind(entry.on, was_on, tuple(first_days))


def _set_in(name: str, entry: ChartEntry, earlier: Sequence[ChartEntry]) -> ChartEntry:
    """The chart in which a field became what it is."""
    found = entry
    for before in earlier:
        if getattr(before, name) != getattr(entry, name):
            break
        found = before
    return found


def line(text: str | None) -> str | None:
    """One line; what cannot be printed counts as a space: PostgreSQL stores no NUL, and nobody reads any of it."""
    return " ".join("".join(each if each.isprintable() else " " for each in text or "").split()) or None


def text_of(text: str | None) -> str | None:
    """Several lines, as written."""
    return (text or "").strip() or None


def refusals(entry: ChartEntry, *, zone: str, now: datetime) -> list[Refusal]:
    """All that is to be mended; `zone` is the patient's."""
    return [
        *_about_days(entry, zone, now),
        *_about_words(entry),
        *_about_product(entry),
        *_about_dilators(entry),
        *_about_sites(entry),
    ]


def _about_days(entry: ChartEntry, zone: str, now: datetime) -> Iterator[Refusal]:
    if entry.state not in STATES:
        yield Refusal("state", "unknown_state")
    is_known = entry.zone is None or entry.zone in available_timezones()
    if not is_known:
        yield Refusal("zone", "unknown_zone")
    there = now.astimezone(ZoneInfo(entry.zone if entry.zone is not None and is_known else zone))
    today = there.date()
    if entry.on - today > FARTHEST or entry.on.year < 1990:
        yield Refusal("on", "far_away")
    if entry.state == "given" and entry.on > today:
        yield Refusal("on", "given_in_the_future")
    elif entry.state == "given" and entry.on == today and entry.at is not None and entry.at > there.time():
        yield Refusal("at", "given_later_today")
    for name in FIRST_DAYS:
        first = getattr(entry, name)
        if first is not None and first < entry.on:
            yield Refusal(name, "before_injection")
        elif first is not None and first - entry.on > LONGEST_WAIT:
            yield Refusal(name, "far_away")
    if entry.follow_up_on is not None and entry.follow_up_on < entry.on:
        yield Refusal("follow_up_on", "before_injection")
    elif entry.follow_up_on is not None and entry.follow_up_on - entry.on > FARTHEST:
        yield Refusal("follow_up_on", "far_away")
    if entry.consent_on is not None and entry.consent_on > entry.on:
        yield Refusal("consent_on", "after_injection")
    elif entry.consent_on is not None and entry.on - entry.consent_on > FARTHEST:
        yield Refusal("consent_on", "far_away")
    if entry.expires_on is not None and (entry.expires_on.year < 1990 or entry.expires_on - entry.on > LONGEST_KEPT):
        yield Refusal("expires_on", "far_away")


def _about_words(entry: ChartEntry) -> Iterator[Refusal]:
    for names, most in ((LINES, LONGEST_LINE), (TEXTS, LONGEST_TEXT)):
        for name in names:
            if len(getattr(entry, name) or "") > most:
                yield Refusal(name, "too_long", {"most": most})


def _about_product(entry: ChartEntry) -> Iterator[Refusal]:
    is_named = line(entry.product) is not None
    if entry.state == "given" and not is_named:
        yield Refusal("product", "missing")
    units = (entry.units, entry.vial_units, entry.discarded_units)
    if not is_named and entry.state != "given" and any(each is not None for each in units):
        yield Refusal("product", "units_without_product")
    for name in ("units", "vial_units"):
        if (number := getattr(entry, name)) is not None and not _possible(number):
            yield Refusal(name, "impossible_units", {"most": MOST_UNITS})
    left = entry.discarded_units
    if left is not None and not (math.isfinite(left) and 0 <= left <= MOST_UNITS):
        yield Refusal("discarded_units", "impossible_rest", {"most": MOST_UNITS})
    if entry.dilution_ml is not None and not _volume(entry.dilution_ml):
        yield Refusal("dilution_ml", "impossible_ml", {"most": MOST_ML})


def _about_dilators(entry: ChartEntry) -> Iterator[Refusal]:
    for name in ("theatre_mm", "indwelling_mm"):
        size = getattr(entry, name)
        if size is not None and not (math.isfinite(size) and 0 < size < 100):
            yield Refusal(name, "impossible_size", {"size": size})
    if entry.indwelling is not True and (entry.indwelling_mm is not None or line(entry.indwelling_until) is not None):
        yield Refusal("indwelling", "none_indwelling")


def _about_sites(entry: ChartEntry) -> list[Refusal]:
    if len(entry.sites) > MOST_SITES:
        return [Refusal("sites", "too_many", {"most": MOST_SITES})]
    found = [refusal for place, site in enumerate(entry.sites) for refusal in _about_site(f"sites.{place}", site)]
    if found or not entry.sites:
        return found
    total = math.fsum(site.units for site in entry.sites)
    if entry.units is None:
        return [Refusal("units", "sites_without_total", {"sum": total})]
    if abs(total - entry.units) > 0.0005 + math.fsum(_rounded_by(site.units) for site in entry.sites):
        return [Refusal("sites", "sum_differs", {"sum": total, "total": entry.units})]
    return []


def _rounded_by(units: float) -> float:
    """Half of the last digit of a share that was written as a decimal number: 100 units over six sites are 16.67 each.
    A whole number is exact."""
    exponent = Decimal(repr(units)).as_tuple().exponent
    is_whole = not isinstance(exponent, int) or float(units).is_integer()
    return 0.0 if is_whole else 0.5 * 10.0 ** float(exponent)


def _about_site(where: str, site: SiteEntry) -> Iterator[Refusal]:
    if line(site.muscle) is None:
        yield Refusal(f"{where}.muscle", "missing")
    elif len(site.muscle) > LONGEST_LINE:
        yield Refusal(f"{where}.muscle", "too_long", {"most": LONGEST_LINE})
    if site.side not in SIDES:
        yield Refusal(f"{where}.side", "unknown_side")
    if site.clock is not None and not 1 <= site.clock <= 12:
        yield Refusal(f"{where}.clock", "impossible_clock")
    if not _possible(site.units):
        yield Refusal(f"{where}.units", "impossible_units", {"most": MOST_UNITS})
    if site.depth is not None and site.depth not in DEPTHS:
        yield Refusal(f"{where}.depth", "unknown_depth")
    if site.ml is not None and not _volume(site.ml):
        yield Refusal(f"{where}.ml", "impossible_ml", {"most": MOST_ML})
    if site.punctures is not None and not 1 <= site.punctures <= MOST_PUNCTURES:
        yield Refusal(f"{where}.punctures", "impossible_punctures", {"most": MOST_PUNCTURES})


def _possible(units: float) -> bool:
    return math.isfinite(units) and 0 < units <= MOST_UNITS


def _volume(ml: float) -> bool:
    return math.isfinite(ml) and 0 < ml <= MOST_ML
