"""Effect by days since an injection: what is typical, and what was observed."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach import resource
from coach.domain.bands import (
    OBSERVED,
    BandDays,
    BandOn,
    BandRule,
    Begins,
    Effect,
    Observed,
    band_on,
    band_spans,
    begins_of,
    effects_of,
    pins_of,
    rules_for,
    seen_days,
    typical_days,
)
from coach.domain.course import InjectionFacts
from coach.language.clinic import read_defaults
from tests.domain.courses import INJECTED

SHIPPED = tuple(
    BandRule(name=window.band, from_day=window.from_day, to_day=window.to_day)
    for window in read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_text()).effect_bands
)
OWN = uuid.UUID(int=1)


def day(n: int) -> date:
    return INJECTED + timedelta(days=n)


def effect(*, on=INJECTED, rules=SHIPPED, **observed: int) -> Effect:
    """`first_effect`, `peak`, `wearing_off` and `worn_off` by days since the injection."""
    noted = tuple(Observed(OWN, kind, on + timedelta(days=n)) for kind, n in observed.items())
    return Effect(injection_id=OWN, on=on, rules=tuple(rules), observed=noted)


def facts(on=INJECTED, *, of=OWN, product=None, given=True, cancelled=False) -> InjectionFacts:
    return InjectionFacts(id=of, on=on, given=given, cancelled=cancelled, product=product)


def told(found) -> list[tuple[str, int, int | None, str, str]]:
    return [(each.name, each.from_day, each.to_day, each.begins, each.ends) for each in found]


@pytest.mark.parametrize(
    ("n", "band"),
    [(-1, None), (0, None), (1, "onset"), (13, "onset"), (14, "plateau"), (83, "plateau"), (84, "waning"),
     (181, "waning"), (182, "worn_off"), (700, "worn_off")],
)  # fmt: skip
def test_the_windows_that_a_clinic_starts_with_by_days_since_the_injection(n, band):
    found = band_on(day(n), effect())
    assert (found and found.name, found and found.edge) == (band, band and "typical")


def test_an_injection_has_its_own_bands_else_its_products_else_the_clinics():
    own = Begins(onset=3, plateau=20, waning=70, worn_off=150).rules(injection_id=OWN)
    of_b = Begins(onset=2, plateau=21, waning=100, worn_off=200).rules(product="B")
    rules = (*SHIPPED, *of_b, *own)
    assert rules_for(facts(product="B"), rules) == own
    assert rules_for(facts(of=uuid.uuid4(), product="B"), rules) == of_b
    assert rules_for(facts(of=uuid.uuid4(), product="b"), rules) == of_b
    assert rules_for(facts(of=uuid.uuid4(), product="C"), rules) == SHIPPED
    assert rules_for(facts(of=uuid.uuid4()), rules) == SHIPPED


def test_bands_are_whole_and_in_order_by_the_days_on_which_they_begin():
    begins = Begins(onset=1, plateau=14, waning=84, worn_off=182)
    assert begins.rules() == SHIPPED
    assert begins_of(SHIPPED) == begins
    assert begins.unordered() is None
    assert Begins(onset=1, plateau=14, waning=14, worn_off=182).unordered() == ("plateau", "waning")


@pytest.mark.parametrize(
    "rules",
    [
        SHIPPED[:3],
        (*SHIPPED[:1], BandRule(name="plateau", from_day=20, to_day=83), *SHIPPED[2:]),
        (*SHIPPED[:1], BandRule(name="plateau", from_day=10, to_day=83), *SHIPPED[2:]),
    ],
)
def test_bands_with_one_missing_a_gap_or_an_overlap_are_not_told_by_where_they_begin(rules):
    assert begins_of(rules) is None


def test_a_second_injection_begins_its_own_bands_and_leaves_the_first_as_they_were():
    second = day(120)
    last = second + timedelta(days=30)
    alone = band_spans([effect()], first=INJECTED, last=last)
    both = band_spans([effect(), effect(on=second)], first=INJECTED, last=last)
    for each in (day(n) for n in range(120)):
        assert _on(both, each) == _on(alone, each)
    assert _on(both, second + timedelta(days=1)) == ["onset"]


def test_an_observed_first_effect_is_where_the_onset_begins():
    assert told(seen_days(effect(first_effect=3)))[:2] == [
        ("onset", 3, 13, "observed", "typical"),
        ("plateau", 14, 83, "typical", "typical"),
    ]


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (20, [("onset", 20, 32, "observed", "typical"), ("plateau", 33, 83, "typical", "typical"),
              ("waning", 84, 181, "typical", "typical"), ("worn_off", 182, None, "typical", "typical")]),
        (90, [("onset", 90, 102, "observed", "typical"), ("waning", 103, 181, "typical", "typical"),
              ("worn_off", 182, None, "typical", "typical")]),
        (195, [("onset", 195, 207, "observed", "typical"), ("worn_off", 208, None, "typical", "typical")]),
    ],
)  # fmt: skip
def test_a_first_effect_after_the_typical_onset_begins_an_onset_and_no_other_band(n, expected):
    late = effect(first_effect=n)
    assert told(seen_days(late)) == expected
    assert band_on(day(n), late) == BandOn("onset", "observed")
    assert {band_on(day(k), late).edge for k in range(expected[1][1], 400)} == {"typical"}


def test_an_onset_ends_where_the_effect_was_seen_to_wear_off_even_before_its_typical_plateau():
    assert told(seen_days(effect(first_effect=20, wearing_off=25)))[:2] == [
        ("onset", 20, 24, "observed", "observed"),
        ("waning", 25, 122, "observed", "typical"),
    ]


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (62, [("plateau", 14, 61, "typical", "observed"), ("waning", 62, 159, "observed", "typical"),
              ("worn_off", 160, None, "typical", "typical")]),
        (100, [("plateau", 14, 99, "typical", "observed"), ("waning", 100, 197, "observed", "typical"),
               ("worn_off", 198, None, "typical", "typical")]),
        (190, [("plateau", 14, 189, "typical", "observed"), ("waning", 190, 287, "observed", "typical"),
               ("worn_off", 288, None, "typical", "typical")]),
    ],
)  # fmt: skip
def test_the_waning_begins_when_it_began_to_wear_off_and_lasts_as_long_as_it_typically_does(n, expected):
    assert told(seen_days(effect(wearing_off=n)))[1:] == expected


def test_what_began_to_wear_off_late_does_not_wane_for_ever():
    late = effect(wearing_off=190)
    assert band_on(day(287), late) == BandOn("waning", "observed")
    assert band_on(day(400), late) == BandOn("worn_off", "typical")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"wearing_off": 190, "worn_off": 400},
         [("plateau", 14, 189, "typical", "observed"), ("waning", 190, 399, "observed", "observed")]),
        ({"wearing_off": 62, "worn_off": 62}, [("plateau", 14, 61, "typical", "observed")]),
        ({"worn_off": 70}, [("plateau", 14, 69, "typical", "observed")]),
        ({"worn_off": 300}, [("plateau", 14, 83, "typical", "typical"), ("waning", 84, 299, "typical", "observed")]),
    ],
)  # fmt: skip
def test_the_last_band_begins_when_it_had_worn_off(seen, expected):
    gone = effect(**seen)
    last = ("worn_off", seen["worn_off"], None, "observed", "typical")
    assert told(seen_days(gone))[1:] == [*expected, last]


def test_it_may_wear_off_before_its_typical_plateau():
    assert told(seen_days(effect(first_effect=2, wearing_off=10)))[:2] == [
        ("onset", 2, 9, "observed", "observed"),
        ("waning", 10, 107, "observed", "typical"),
    ]


def test_an_observed_peak_is_a_mark_and_moves_no_edge():
    assert seen_days(effect(peak=30)) == typical_days(effect())


def test_a_day_says_whether_its_band_is_typical_or_follows_from_what_was_observed():
    worn = effect(wearing_off=62)
    assert [band_on(day(n), worn).edge for n in (40, 61, 62, 83, 84, 182)] == [
        "typical", "typical", "observed", "observed", "typical", "typical",
    ]  # fmt: skip
    assert band_on(day(62), worn).name == "waning"
    assert band_on(day(1), effect(first_effect=3)) is None


def test_the_typical_bands_stay_to_be_seen_beside_the_observed_ones():
    worn = effect(first_effect=3, wearing_off=62)
    typical = band_spans([worn], first=INJECTED, last=day(90))
    assert typical == band_spans([effect()], first=INJECTED, last=day(90))
    observed = band_spans([worn], first=INJECTED, last=day(90), as_observed=True)
    assert [(span.name, (span.first - INJECTED).days, (span.last - INJECTED).days) for span in observed] == [
        ("onset", 3, 13),
        ("plateau", 14, 61),
        ("waning", 62, 90),
    ]
    assert [(span.begins, span.ends) for span in observed] == [
        ("observed", "typical"),
        ("typical", "observed"),
        ("observed", "typical"),
    ]


def test_an_injection_of_which_nothing_was_observed_has_typical_bands_alone():
    assert band_spans([effect()], first=INJECTED, last=day(90), as_observed=True) == ()


def test_pins_are_days_counted_from_their_injection():
    pins = pins_of([effect(first_effect=3, peak=20, wearing_off=200)], first=INJECTED, last=day(90))
    assert [(pin.kind, pin.on, pin.day) for pin in pins] == [("first_effect", day(3), 3), ("peak", day(20), 20)]


def test_what_was_noted_for_a_day_before_the_injection_or_from_the_next_one_on_is_left_out():
    other = uuid.uuid4()
    noted = [
        Observed(OWN, "first_effect", day(-1)),
        Observed(OWN, "peak", day(20)),
        Observed(OWN, "wearing_off", day(120)),
        Observed(other, "first_effect", day(122)),
    ]
    first, second = effects_of([facts(), facts(day(120), of=other)], rules=SHIPPED, observed=noted)
    assert [(each.kind, each.on) for each in first.observed] == [("peak", day(20))]
    assert [each.kind for each in second.observed] == ["first_effect"]


def test_only_injections_that_were_given_have_an_effect():
    others = [facts(day(5), given=False), facts(day(7), cancelled=True)]
    assert [each.on for each in effects_of([facts(), *others], rules=SHIPPED)] == [INJECTED]


DAYS = st.none() | st.integers(0, 400)
SEEN = st.tuples(DAYS, DAYS, DAYS, DAYS)
EDGES = ("first_effect", "wearing_off", "worn_off")


@given(
    st.lists(st.integers(0, 700), max_size=5),
    st.integers(-50, 400),
    st.integers(0, 500),
    st.tuples(DAYS, DAYS, DAYS, DAYS),
)
def test_no_day_lies_in_two_bands_and_none_outside_what_was_asked_for(injections, first_day, length, days):
    first = day(first_day)
    last = first + timedelta(days=length)
    seen = {kind: n for kind, n in zip(OBSERVED, days, strict=True) if n is not None}
    effects = [effect(on=day(n), **seen) for n in sorted(injections)]
    for as_observed in (False, True):
        spans = band_spans(effects, first=first, last=last, as_observed=as_observed)
        assert all(first <= span.first <= span.last <= last for span in spans)
        for offset in range(length + 1):
            assert len(_on(spans, first + timedelta(days=offset))) <= 1


@given(st.tuples(DAYS, DAYS, DAYS))
def test_bands_as_observed_follow_each_other_without_a_gap(days):
    seen = {kind: n for kind, n in zip(EDGES, days, strict=True) if n is not None}
    found: tuple[BandDays, ...] = seen_days(effect(**seen))
    assert all(after.from_day == (before.to_day or 0) + 1 for before, after in pairwise(found))
    assert found[-1].to_day is None


@given(st.tuples(DAYS, DAYS, DAYS))
def test_an_edge_is_called_observed_on_a_day_that_was_observed_and_on_no_other(days):
    seen = {kind: n for kind, n in zip(EDGES, days, strict=True) if n is not None}
    names = {"first_effect": "onset", "wearing_off": "waning", "worn_off": "worn_off"}
    for band in seen_days(effect(**seen)):
        if band.begins == "observed":
            assert (band.name, band.from_day) in {(names[kind], n) for kind, n in seen.items()}
        if band.ends == "observed":
            assert band.to_day + 1 in seen.values()


def _on(spans, day: date) -> list[str]:
    return [span.name for span in spans if span.first <= day <= span.last]
