"""Charting: units stay with their product, sites sum to the total, corrections add and never overwrite."""

from __future__ import annotations

import uuid
from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select

from coach.db import tables as t
from coach.services import injections
from coach.services.access import NotFound
from coach.services.charts import ChartEntry, Expired, SiteEntry, units_per_ml
from coach.services.refusals import Refused
from tests.cast import NOW
from tests.statements import statements

TODAY = date(2026, 3, 2)
GIVEN = ChartEntry(
    state="given",
    on=TODAY,
    product="onabotulinumtoxinA (Botox)",
    units=100,
    sites=(
        SiteEntry(muscle="puborectalis", side="left", clock=3, units=50),
        SiteEntry(muscle="puborectalis", side="right", clock=9, units=50),
    ),
    insertion_on=TODAY + timedelta(days=3),
    operator="Dr Example",
    notes="Well tolerated.",
)


def changed(entry: ChartEntry, **changes) -> ChartEntry:
    values = {name: getattr(entry, name) for name in ChartEntry.__slots__}
    return ChartEntry(**{**values, **changes})


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[tuple[str, str]]:
    return {(refusal.where, refusal.code) for refusal in refused.value.refusals}


def charted(db, cast, entry=GIVEN, now=NOW):
    return injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=now)


def test_a_charted_injection_is_read_back_as_it_was_written(db, cast):
    done = charted(db, cast)
    db.expire_all()
    (record,) = injections.timeline_of(db, cast.therapist.viewer, cast.patient.patient_id)
    assert record.id == done.injection.id
    assert (record.holds.number, record.holds.state, record.holds.on) == (1, "given", TODAY)
    assert (record.holds.product, record.holds.units) == ("onabotulinumtoxinA (Botox)", 100)
    assert record.holds.insertion_on == TODAY + timedelta(days=3)
    assert (record.holds.operator, record.holds.notes) == ("Dr Example", "Well tolerated.")
    assert [(s.muscle, s.side, s.clock, s.units) for s in record.holds.sites] == [
        ("puborectalis", "left", 3, 50),
        ("puborectalis", "right", 9, 50),
    ]
    assert (record.earlier, record.warnings) == ((), ())


WHOLE = ChartEntry(
    state="given",
    on=TODAY,
    at=time(9, 30),
    zone="Europe/Madrid",
    operator="Dr Example",
    consent_on=TODAY - timedelta(days=10),
    product="onabotulinumtoxinA (Botox)",
    units=100,
    vial_units=100,
    lot="C1234",
    expires_on=date(2027, 1, 31),
    diluent="saline 0.9 %, preservative-free",
    dilution_ml=2.5,
    discarded_units=0,
    sites=(
        SiteEntry(muscle="puborectalis", side="left", clock=3, depth="intramuscular", units=50, ml=1.25, punctures=2),
        SiteEntry(muscle="perineal body", side="midline", depth="fascial", units=50, ml=1.25, punctures=1),
    ),
    guidance="EMG",
    needle="30 G",
    anaesthesia="conscious sedation",
    anaesthetic="bupivacaine",
    theatre_mm=29,
    indwelling=True,
    indwelling_mm=25,
    indwelling_until="the next morning",
    insertion_on=TODAY + timedelta(days=3),
    intercourse_on=TODAY + timedelta(days=14),
    baths_on=TODAY + timedelta(days=7),
    exertion_on=TODAY + timedelta(days=8),
    aftercare="Call us with fever.",
    complications="A small bruise.",
    follow_up_on=TODAY + timedelta(days=28),
    notes="Well tolerated.",
)


def test_everything_of_a_chart_is_kept(db, cast):
    done = charted(db, cast, WHOLE)
    db.expire_all()
    holds = injections.read(db, cast.therapist.viewer, cast.patient.patient_id, done.injection.id).holds
    for name in ChartEntry.__slots__:
        if name != "sites":
            assert getattr(holds, name) == getattr(WHOLE, name), name
    for kept, site in zip(holds.sites, WHOLE.sites, strict=True):
        assert {name: getattr(kept, name) for name in SiteEntry.__slots__} == {
            name: getattr(site, name) for name in SiteEntry.__slots__
        }


def test_the_zone_is_the_patients_where_none_is_given(db, cast):
    assert charted(db, cast).chart.zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("vial", "ml", "expected"),
    [(100, 2.5, 40), (50, 0.125, 400), (None, 2, None), (100, None, None), (100, 0, None), (float("inf"), 1, None)],
)
def test_units_per_ml_follow_from_vial_and_diluent(vial, ml, expected):
    assert units_per_ml(vial, ml) == expected


@pytest.mark.parametrize(("days", "warned"), [(-1, True), (0, False)])
def test_a_vial_that_had_expired_before_the_day_is_a_warning_and_no_refusal(db, cast, days, warned):
    expires_on = TODAY + timedelta(days=days)
    done = charted(db, cast, changed(WHOLE, expires_on=expires_on))
    assert done.warnings == ((Expired(expires_on),) if warned else ())
    read = injections.read(db, cast.therapist.viewer, cast.patient.patient_id, done.injection.id)
    assert read.warnings == done.warnings


def test_a_given_time_is_judged_on_the_clock_where_she_was(db, cast):
    seoul = {"zone": "Asia/Seoul", "at": time(17, 59)}  # it is 18:00 there
    assert charted(db, cast, changed(WHOLE, **seoul)).chart.at == time(17, 59)
    with pytest.raises(Refused) as refused:
        charted(db, cast, changed(WHOLE, zone="Europe/Madrid", at=time(10, 1)))
    assert codes(refused) == {("at", "given_later_today")}


def test_sites_that_do_not_sum_to_the_total_are_refused_with_both_numbers(db, cast):
    with pytest.raises(Refused) as refused:
        charted(db, cast, changed(GIVEN, units=150))
    (refusal,) = refused.value.refusals
    assert (refusal.where, refusal.code) == ("sites", "sum_differs")
    assert refusal.params == {"sum": 100, "total": 150}
    assert db.scalar(select(func.count()).select_from(t.Injection)) == 0


def test_sites_of_tenths_of_a_unit_sum_without_an_error_of_the_machine(db, cast):
    sites = tuple(SiteEntry(muscle="puborectalis", side="left", units=0.1) for _ in range(3))
    assert charted(db, cast, changed(GIVEN, units=0.3, sites=sites)).chart.units == 0.3


def test_an_injection_without_sites_needs_only_its_total(db, cast):
    assert charted(db, cast, changed(GIVEN, sites=())).chart.units == 100


def test_sites_without_a_total_are_refused(db, cast):
    with pytest.raises(Refused) as refused:
        charted(db, cast, changed(GIVEN, state="planned", units=None))
    assert codes(refused) == {("units", "sites_without_total")}


def test_a_planned_injection_needs_no_more_than_its_day(db, cast):
    done = charted(db, cast, ChartEntry(state="planned", on=TODAY + timedelta(days=14)))
    assert (done.chart.state, done.chart.product, done.chart.units) == ("planned", None, None)


def test_of_an_injection_given_elsewhere_the_dose_may_be_unknown(db, cast):
    done = charted(db, cast, ChartEntry(state="given", on=TODAY, product="given elsewhere"))
    assert (done.chart.state, done.chart.units) == ("given", None)


@pytest.mark.parametrize(("each", "count"), [(16.67, 6), (8.33, 12), (3.125, 32), (33.3, 3)])
def test_shares_that_were_rounded_may_differ_from_the_total_by_as_much_as_they_were(db, cast, each, count):
    sites = tuple(SiteEntry(muscle="puborectalis", side="left", units=each) for _ in range(count))
    assert charted(db, cast, changed(GIVEN, units=100, sites=sites)).chart.units == 100


@pytest.mark.parametrize(("each", "count"), [(16.6, 6), (8.32, 12), (33, 3), (16.7, 5)])
def test_shares_that_differ_by_more_than_their_rounding_are_refused(db, cast, each, count):
    sites = tuple(SiteEntry(muscle="puborectalis", side="left", units=each) for _ in range(count))
    with pytest.raises(Refused) as refused:
        charted(db, cast, changed(GIVEN, units=100, sites=sites))
    assert codes(refused) == {("sites", "sum_differs")}


def test_a_given_injection_needs_a_product(db, cast):
    with pytest.raises(Refused) as refused:
        charted(db, cast, ChartEntry(state="given", on=TODAY))
    assert codes(refused) == {("product", "missing")}


def test_units_without_a_product_are_refused(db, cast):
    with pytest.raises(Refused) as refused:
        charted(db, cast, ChartEntry(state="planned", on=TODAY, units=100))
    assert codes(refused) == {("product", "units_without_product")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"on": TODAY + timedelta(days=1), "insertion_on": None}, ("on", "given_in_the_future")),
        ({"state": "planned", "on": TODAY - timedelta(days=1)}, ("on", "planned_in_the_past")),
        ({"state": "planned", "on": date(2036, 1, 1), "insertion_on": None}, ("on", "far_away")),
        ({"on": date(1026, 3, 2), "insertion_on": None}, ("on", "far_away")),
        ({"state": "cancelled"}, ("state", "cancelled_before_planned")),
        ({"state": "perhaps"}, ("state", "unknown_state")),
        ({"insertion_on": TODAY - timedelta(days=1)}, ("insertion_on", "before_injection")),
        ({"insertion_on": TODAY + timedelta(days=900)}, ("insertion_on", "far_away")),
        ({"units": 0.0, "sites": ()}, ("units", "impossible_units")),
        ({"units": float("nan"), "sites": ()}, ("units", "impossible_units")),
        ({"units": float("inf"), "sites": ()}, ("units", "impossible_units")),
        ({"product": "x" * 200}, ("product", "too_long")),
        ({"operator": "x" * 200}, ("operator", "too_long")),
        ({"notes": "x" * 20_000}, ("notes", "too_long")),
        ({"zone": "Middle/Earth"}, ("zone", "unknown_zone")),
        ({"consent_on": TODAY + timedelta(days=1)}, ("consent_on", "after_injection")),
        ({"consent_on": date(2016, 1, 1)}, ("consent_on", "far_away")),
        ({"expires_on": date(1926, 1, 1)}, ("expires_on", "far_away")),
        ({"expires_on": date(2126, 1, 1)}, ("expires_on", "far_away")),
        ({"vial_units": -100.0}, ("vial_units", "impossible_units")),
        ({"discarded_units": -1.0}, ("discarded_units", "impossible_rest")),
        ({"dilution_ml": float("nan")}, ("dilution_ml", "impossible_ml")),
        ({"theatre_mm": 100.0}, ("theatre_mm", "impossible_size")),
        ({"indwelling": True, "indwelling_mm": 0.0}, ("indwelling_mm", "impossible_size")),
        ({"indwelling_mm": 25.0}, ("indwelling", "none_indwelling")),
        ({"indwelling": False, "indwelling_until": "morning"}, ("indwelling", "none_indwelling")),
        ({"intercourse_on": TODAY - timedelta(days=1)}, ("intercourse_on", "before_injection")),
        ({"baths_on": TODAY - timedelta(days=1)}, ("baths_on", "before_injection")),
        ({"exertion_on": TODAY + timedelta(days=400)}, ("exertion_on", "far_away")),
        ({"follow_up_on": TODAY - timedelta(days=1)}, ("follow_up_on", "before_injection")),
        ({"guidance": "x" * 200}, ("guidance", "too_long")),
        ({"complications": "x" * 20_000}, ("complications", "too_long")),
        (
            {"sites": (SiteEntry(muscle="coccygeus", side="left", units=100, depth="deep"),)},
            ("sites.0.depth", "unknown_depth"),
        ),
        ({"sites": (SiteEntry(muscle="coccygeus", side="left", units=100, ml=0.0),)}, ("sites.0.ml", "impossible_ml")),
        (
            {"sites": (SiteEntry(muscle="coccygeus", side="left", units=100, punctures=0),)},
            ("sites.0.punctures", "impossible_punctures"),
        ),
        ({"sites": (SiteEntry(muscle=" ", side="left", units=100),)}, ("sites.0.muscle", "missing")),
        ({"sites": (SiteEntry(muscle="a" * 200, side="left", units=100),)}, ("sites.0.muscle", "too_long")),
        ({"sites": (SiteEntry(muscle="coccygeus", side="up", units=100),)}, ("sites.0.side", "unknown_side")),
        (
            {"sites": (SiteEntry(muscle="coccygeus", side="left", clock=13, units=100),)},
            ("sites.0.clock", "impossible_clock"),
        ),
        ({"sites": (SiteEntry(muscle="coccygeus", side="left", units=-1),)}, ("sites.0.units", "impossible_units")),
        ({"sites": (SiteEntry(muscle="coccygeus", side="left", units=1),) * 100}, ("sites", "too_many")),
    ],
)
def test_an_impossible_chart_is_refused_and_writes_nothing(db, cast, changes, expected):
    with pytest.raises(Refused) as refused:
        charted(db, cast, changed(GIVEN, **changes))
    assert codes(refused) == {expected}
    assert db.scalar(select(func.count()).select_from(t.InjectionChart)) == 0


def test_all_that_is_to_be_mended_is_said_at_once(db, cast):
    entry = changed(GIVEN, product="", units=-5.0, on=TODAY + timedelta(days=3), insertion_on=TODAY)
    with pytest.raises(Refused) as refused:
        charted(db, cast, entry)
    assert {where for where, _ in codes(refused)} >= {"product", "units", "on", "insertion_on"}


def test_a_day_is_judged_on_the_patients_own_calendar(db, cast):
    db.get(t.Patient, cast.patient.patient_id).zone = "Pacific/Auckland"
    late_in_utc = NOW.replace(hour=20)  # already 3 March there
    done = charted(db, cast, changed(GIVEN, on=date(2026, 3, 3), insertion_on=None), now=late_in_utc)
    assert done.chart.on == date(2026, 3, 3)


@pytest.mark.parametrize(("days", "warned"), [(83, True), (84, False)])
def test_less_than_84_days_since_the_one_before_is_a_warning_and_no_refusal(db, cast, days, warned):
    earlier = TODAY - timedelta(days=days)
    charted(db, cast, changed(GIVEN, on=earlier, insertion_on=None))
    done = charted(db, cast)
    assert [(w.days, w.other_on) for w in done.warnings] == ([(days, earlier)] if warned else [])
    assert len(injections.timeline_of(db, cast.therapist.viewer, cast.patient.patient_id)) == 2


def test_a_cancelled_injection_is_no_reason_for_a_warning(db, cast):
    planned = charted(db, cast, ChartEntry(state="planned", on=TODAY + timedelta(days=10)))
    injections.correct(
        db,
        cast.therapist.viewer,
        planned.injection.id,
        ChartEntry(state="cancelled", on=TODAY + timedelta(days=10)),
        reason="Moved to another clinic",
        now=NOW,
    )
    assert charted(db, cast).warnings == ()


def test_an_injection_of_another_patient_is_no_reason_for_a_warning(db, cast):
    injections.chart(db, cast.therapist.viewer, cast.other_patient.patient_id, GIVEN, now=NOW)
    assert charted(db, cast).warnings == ()


def test_a_correction_adds_a_chart_with_its_reason_and_keeps_the_first(db, cast):
    first = charted(db, cast)
    later = NOW + timedelta(days=1)
    injections.correct(
        db,
        cast.therapist.viewer,
        first.injection.id,
        changed(GIVEN, units=120, sites=()),
        reason="The vial was read wrongly",
        after=1,
        now=later,
    )
    db.expire_all()
    (record,) = injections.timeline_of(db, cast.therapist.viewer, cast.patient.patient_id)
    assert (record.holds.number, record.holds.units, record.holds.reason) == (2, 120, "The vial was read wrongly")
    assert record.holds.charted_at == later
    assert [(c.number, c.units, c.reason, len(c.sites)) for c in record.earlier] == [(1, 100, None, 2)]


def test_a_correction_without_a_reason_is_refused(db, cast):
    first = charted(db, cast)
    with pytest.raises(Refused) as refused:
        injections.correct(db, cast.therapist.viewer, first.injection.id, GIVEN, reason="  ", now=NOW)
    assert codes(refused) == {("reason", "missing")}


def test_a_correction_of_what_somebody_else_corrected_meanwhile_is_refused(db, cast):
    first = charted(db, cast)
    injections.correct(db, cast.therapist.viewer, first.injection.id, GIVEN, reason="Once", after=1, now=NOW)
    with pytest.raises(Refused) as refused:
        injections.correct(db, cast.therapist.viewer, first.injection.id, GIVEN, reason="Twice", after=1, now=NOW)
    assert codes(refused) == {("after", "corrected_meanwhile")}
    assert injections.timeline_of(db, cast.therapist.viewer, cast.patient.patient_id)[0].holds.number == 2


def test_a_planned_injection_becomes_given_by_a_correction_after_its_day(db, cast):
    planned = charted(db, cast, ChartEntry(state="planned", on=TODAY + timedelta(days=2)))
    entry = changed(GIVEN, on=TODAY + timedelta(days=3), insertion_on=None)
    done = injections.correct(
        db, cast.therapist.viewer, planned.injection.id, entry, reason="Given", now=NOW + timedelta(days=4)
    )
    assert (done.chart.state, done.chart.on) == ("given", TODAY + timedelta(days=3))


def test_what_was_planned_and_then_given_needs_no_reason_and_was_not_corrected(db, cast):
    planned = charted(db, cast, ChartEntry(state="planned", on=TODAY))
    injection_id = planned.injection.id

    def record():
        db.expire_all()
        return injections.read(db, cast.therapist.viewer, cast.patient.patient_id, injection_id)

    injections.correct(db, cast.therapist.viewer, injection_id, GIVEN, reason="", now=NOW)
    assert (record().holds.state, record().holds.reason) == ("given", None)
    assert [chart.state for chart in record().earlier] == ["planned"]
    assert (record().corrections, record().is_corrected) == (0, False)
    corrected = changed(GIVEN, units=120, sites=())
    injections.correct(db, cast.therapist.viewer, injection_id, corrected, reason="Read wrongly", now=NOW)
    assert (record().corrections, record().is_corrected) == (1, True)


@pytest.mark.parametrize("state", ["planned", "cancelled"])
def test_a_plan_that_is_moved_or_cancelled_needs_a_reason(db, cast, state):
    planned = charted(db, cast, ChartEntry(state="planned", on=TODAY))
    entry = ChartEntry(state=state, on=TODAY + timedelta(days=1))
    with pytest.raises(Refused) as refused:
        injections.correct(db, cast.therapist.viewer, planned.injection.id, entry, reason="", now=NOW)
    assert codes(refused) == {("reason", "missing")}


def test_the_timeline_is_in_order_of_days_and_costs_a_fixed_number_of_queries(database, db, cast):
    counts = []
    for round_ in range(3):
        charted(db, cast, changed(GIVEN, on=TODAY - timedelta(days=100 * round_), insertion_on=None))
        db.expire_all()
        with statements(database.engine) as seen:
            timeline = injections.timeline_of(db, cast.therapist.viewer, cast.patient.patient_id)
        counts.append(len(seen))
    assert [record.holds.on for record in timeline] == sorted(record.holds.on for record in timeline)
    assert counts[1] == counts[2] <= 5


@pytest.mark.parametrize("who", ["team_outsider", "outsider", "other_patient", "outside_patient"])
def test_others_neither_see_nor_chart_nor_correct(db, cast, who):
    done = charted(db, cast)
    viewer = getattr(cast, who).viewer
    with pytest.raises(NotFound):
        injections.timeline_of(db, viewer, cast.patient.patient_id)
    with pytest.raises(NotFound):
        injections.chart(db, viewer, cast.patient.patient_id, GIVEN, now=NOW)
    with pytest.raises(NotFound):
        injections.correct(db, viewer, done.injection.id, GIVEN, reason="No", now=NOW)


def test_the_patient_reads_her_timeline_and_charts_nothing(db, cast):
    charted(db, cast)
    viewer = cast.patient.viewer
    assert len(injections.timeline_of(db, viewer, cast.patient.patient_id)) == 1
    with pytest.raises(NotFound):
        injections.chart(db, viewer, cast.patient.patient_id, GIVEN, now=NOW)


def test_an_injection_is_not_found_under_another_patient(db, cast):
    done = charted(db, cast)
    viewer = cast.therapist.viewer
    assert injections.read(db, viewer, cast.patient.patient_id, done.injection.id).id == done.injection.id
    with pytest.raises(NotFound):
        injections.read(db, viewer, cast.other_patient.patient_id, done.injection.id)
    with pytest.raises(NotFound):
        injections.read(db, viewer, cast.patient.patient_id, uuid.uuid4())
