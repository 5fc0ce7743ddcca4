"""Typical bands: the clinic's for every product or one, and a therapist's own for one injection."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coach.db import tables as t
from coach.domain.bands import Begins
from coach.services import bands, injections, reviews
from coach.services.access import NotFound
from coach.services.refusals import Refused
from tests.cast import NOW
from tests.services.test_injections import GIVEN, TODAY, changed, codes

BOTOX = "onabotulinumtoxinA (Botox)"
CLINICS = Begins(onset=1, plateau=14, waning=84, worn_off=182)
SLOWER = Begins(onset=3, plateau=21, waning=98, worn_off=200)
WHY = {"reason": "As we have seen it", "now": NOW}
OWN = Begins(onset=2, plateau=10, waning=60, worn_off=120)


@pytest.fixture
def injection(db, cast):
    entry = changed(GIVEN, on=TODAY - timedelta(days=60), insertion_on=None)
    return injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW).injection


def edit(db, cast, begins, *, product=None, before=CLINICS, who="therapist"):
    bands.edit(db, getattr(cast, who).viewer, product=product, begins=begins, before=before, **WHY)


def change(db, cast, injection, begins, *, reason="Her course is faster", after=None, now=NOW):
    return bands.change(db, cast.therapist.viewer, injection.id, begins, reason=reason, after=after, now=now)


def holding(db, cast, injection):
    found = bands.of_injection(db, cast.therapist.viewer, injection.id)
    return found.begins, found.source


def drawn(db, cast):
    """What the review draws, by days since the injection."""
    found = reviews.review(db, cast.therapist.viewer, cast.patient.patient_id, now=NOW, span="all").timeline
    return [(span.name, (span.first - (TODAY - timedelta(days=60))).days) for span in found.bands]


def test_an_injection_goes_by_the_clinics_bands_first(db, cast, injection):
    assert holding(db, cast, injection) == (CLINICS, "clinic")
    assert drawn(db, cast) == [("onset", 1), ("plateau", 14)]


def test_what_the_clinic_edits_for_every_product_holds_at_once(db, cast, injection):
    edit(db, cast, SLOWER)
    assert holding(db, cast, injection) == (SLOWER, "clinic")
    assert drawn(db, cast) == [("onset", 3), ("plateau", 21)]
    assert db.query(t.EffectBand).filter_by(clinic_id=cast.therapist.clinic_id).count() == 4


def test_bands_of_a_product_hold_for_it_alone_and_before_those_of_every_product(db, cast, injection):
    edit(db, cast, SLOWER, product="abobotulinumtoxinA (Dysport)", before=None)
    assert holding(db, cast, injection) == (CLINICS, "clinic")
    edit(db, cast, SLOWER, product=f"  {BOTOX} ", before=None)
    assert holding(db, cast, injection) == (SLOWER, "product")
    assert drawn(db, cast) == [("onset", 3), ("plateau", 21)]


def test_a_product_is_the_same_in_other_capitals(db, cast, injection):
    edit(db, cast, SLOWER, product=BOTOX.upper(), before=None)
    edit(db, cast, OWN, product=BOTOX, before=SLOWER)
    assert list(bands.of_clinic(db, cast.therapist.viewer).products) == [BOTOX.upper()]
    assert holding(db, cast, injection) == (OWN, "product")


def test_a_product_goes_back_to_the_bands_of_every_product(db, cast, injection):
    edit(db, cast, SLOWER, product=BOTOX, before=None)
    bands.follow_every_product(db, cast.therapist.viewer, product=BOTOX, before=SLOWER, **WHY)
    assert holding(db, cast, injection) == (CLINICS, "clinic")
    with pytest.raises(NotFound):
        bands.follow_every_product(db, cast.therapist.viewer, product=BOTOX, before=SLOWER, **WHY)


def test_an_injections_own_bands_hold_before_all_and_go_back_to_the_clinics(db, cast, injection):
    edit(db, cast, SLOWER, product=BOTOX, before=None)
    change(db, cast, injection, OWN, after=0)
    assert holding(db, cast, injection) == (OWN, "injection")
    assert drawn(db, cast) == [("onset", 2), ("plateau", 10), ("waning", 60)]
    change(db, cast, injection, None, reason="As usual after all", after=1)
    assert holding(db, cast, injection) == (SLOWER, "product")
    assert drawn(db, cast) == [("onset", 3), ("plateau", 21)]
    history = bands.of_injection(db, cast.therapist.viewer, injection.id).changes
    assert [(each.number, each.reason, len(each.bands)) for each in history] == [
        (2, "As usual after all", 0),
        (1, "Her course is faster", 4),
    ]


def test_of_several_changes_the_last_one_holds_and_all_are_kept(db, cast, injection):
    change(db, cast, injection, OWN)
    change(db, cast, injection, SLOWER, reason="Read wrongly")
    assert holding(db, cast, injection) == (SLOWER, "injection")
    assert drawn(db, cast) == [("onset", 3), ("plateau", 21)]
    assert db.query(t.InjectionBand).count() == 8


def test_bands_of_one_injection_say_nothing_of_another(db, cast, injection):
    change(db, cast, injection, OWN)
    entry = changed(GIVEN, on=TODAY - timedelta(days=200), insertion_on=None)
    other = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW).injection
    assert holding(db, cast, other) == (CLINICS, "clinic")


@pytest.mark.parametrize(
    ("begins", "where", "code"),
    [
        (Begins(onset=1, plateau=1, waning=84, worn_off=182), "plateau", "band_out_of_order"),
        (Begins(onset=1, plateau=90, waning=84, worn_off=182), "waning", "band_out_of_order"),
        (Begins(onset=1, plateau=14, waning=84, worn_off=80), "worn_off", "band_out_of_order"),
        (Begins(onset=-1, plateau=14, waning=84, worn_off=182), "onset", "impossible_day"),
        (Begins(onset=1, plateau=14, waning=84, worn_off=9999), "worn_off", "impossible_day"),
    ],
)
def test_bands_out_of_order_are_refused_for_clinic_and_injection(db, cast, injection, begins, where, code):
    for attempt in (lambda: edit(db, cast, begins), lambda: change(db, cast, injection, begins)):
        with pytest.raises(Refused) as refused:
            attempt()
        assert codes(refused) == {(where, code)}
    assert holding(db, cast, injection) == (CLINICS, "clinic")


@pytest.mark.parametrize(
    ("product", "code"), [(" ", "missing"), ("x" * 200, "too_long")],
)  # fmt: skip
def test_a_product_without_a_name_or_with_too_long_a_one_has_no_bands(db, cast, product, code):
    with pytest.raises(Refused) as refused:
        edit(db, cast, SLOWER, product=product, before=CLINICS if product == " " else None)
    assert codes(refused) == {("product", code)}


def test_a_change_without_a_reason_or_back_from_nothing_is_refused(db, cast, injection):
    for begins, expected in ((OWN, {("reason", "missing")}), (None, {("begins", "clinics_already")})):
        with pytest.raises(Refused) as refused:
            change(db, cast, injection, begins, reason="" if begins else "Back")
        assert codes(refused) == expected


def test_of_two_who_had_the_same_bands_before_them_the_second_is_told(db, cast, injection):
    change(db, cast, injection, OWN, after=0)
    edit(db, cast, SLOWER, before=CLINICS)
    with pytest.raises(Refused) as refused:
        change(db, cast, injection, SLOWER, after=0)
    assert codes(refused) == {("after", "moved_meanwhile")}
    with pytest.raises(Refused) as refused:
        edit(db, cast, OWN, before=CLINICS)
    assert codes(refused) == {("before", "moved_meanwhile")}


def test_another_clinic_has_its_own_bands(db, cast, injection):
    edit(db, cast, SLOWER, who="outsider")
    assert holding(db, cast, injection) == (CLINICS, "clinic")


def test_every_therapist_of_the_clinic_edits_its_bands(db, cast, injection):
    edit(db, cast, SLOWER, who="team_outsider")
    assert holding(db, cast, injection) == (SLOWER, "clinic")


def test_no_patient_reads_or_edits_bands(db, cast, injection):
    viewer = cast.patient.viewer
    with pytest.raises(NotFound):
        bands.of_clinic(db, viewer)
    with pytest.raises(NotFound):
        bands.edit(db, viewer, product=None, begins=SLOWER, **WHY)
    with pytest.raises(NotFound):
        bands.follow_every_product(db, viewer, product=BOTOX, before=None, **WHY)
    with pytest.raises(NotFound):
        bands.of_injection(db, viewer, injection.id)
    with pytest.raises(NotFound):
        bands.change(db, viewer, injection.id, OWN, reason="Mine", now=NOW)


@pytest.mark.parametrize("who", ["team_outsider", "outsider"])
def test_bands_of_an_injection_are_her_own_therapists(db, cast, injection, who):
    viewer = getattr(cast, who).viewer
    with pytest.raises(NotFound):
        bands.change(db, viewer, injection.id, OWN, reason="No", now=NOW)
    with pytest.raises(NotFound):
        bands.of_injection(db, viewer, injection.id)


def test_what_the_clinics_bands_were_is_kept_with_who_changed_them_and_why(db, cast):
    edit(db, cast, SLOWER)
    edit(db, cast, OWN, product=BOTOX, before=None)
    bands.follow_every_product(
        db, cast.therapist.viewer, product=BOTOX, before=OWN, reason="Too few", now=NOW + timedelta(days=1)
    )
    found = bands.history_of_clinic(db, cast.therapist.viewer)
    assert (found[0].change.product, found[0].begins, found[0].change.reason) == (BOTOX, OWN, "Too few")
    assert {(each.change.product, each.begins) for each in found[1:]} == {(None, CLINICS), (BOTOX, None)}
    assert {each.by for each in found} == {db.get(t.Account, cast.therapist.account_id).name}
    assert bands.history_of_clinic(db, cast.outsider.viewer) == ()


def test_the_clinics_bands_change_with_a_reason_only(db, cast):
    with pytest.raises(Refused) as refused:
        bands.edit(db, cast.therapist.viewer, product=None, begins=SLOWER, before=CLINICS, reason=" ", now=NOW)
    assert codes(refused) == {("reason", "missing")}


def test_who_goes_back_from_days_that_somebody_changed_meanwhile_is_told(db, cast):
    edit(db, cast, SLOWER, product=BOTOX, before=None)
    with pytest.raises(Refused) as refused:
        bands.follow_every_product(db, cast.therapist.viewer, product=BOTOX, before=OWN, **WHY)
    assert codes(refused) == {("before", "moved_meanwhile")}
