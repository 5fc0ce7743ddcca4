"""What was observed of an injection's effect: noted, noted again and taken back by further rows."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest

from coach.db import tables as t
from coach.domain.bands import Observed
from coach.services import injections, observations, side_effects
from coach.services.access import NotFound
from coach.services.charts import ChartEntry
from coach.services.refusals import Refused
from coach.services.side_effects import SideEffectEntry
from tests.cast import NOW
from tests.services.test_injections import GIVEN, TODAY, changed, codes

GIVEN_ON = TODAY - timedelta(days=60)


def day(n: int) -> date:
    return GIVEN_ON + timedelta(days=n)


@pytest.fixture
def injection(db, cast):
    entry = changed(GIVEN, on=GIVEN_ON, insertion_on=None)
    return injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW).injection


@pytest.fixture
def note(db, cast, injection):
    def note(kind, n, *, reason="", after=None, now=NOW):
        on = None if n is None else day(n)
        return observations.note(
            db, cast.therapist.viewer, injection.id, kind=kind, on=on, reason=reason, after=after, now=now
        )

    return note


def held(db, cast, injection):
    found = observations.of_injection(db, cast.therapist.viewer, injection.id)
    return {kind: (row.on - GIVEN_ON).days for kind, row in found.holds.items()}


def test_what_was_observed_is_read_back_in_the_order_in_which_it_comes(db, cast, injection, note):
    note("wearing_off", 55)
    note("first_effect", 3)
    assert list(held(db, cast, injection).items()) == [("first_effect", 3), ("wearing_off", 55)]
    assert set(observations.of_patient(db, cast.patient.patient_id)) == {
        Observed(injection.id, "first_effect", day(3)),
        Observed(injection.id, "wearing_off", day(55)),
    }


def test_another_day_is_a_further_row_with_its_reason_and_the_first_stays(db, cast, injection, note):
    note("first_effect", 3)
    note("first_effect", 5, reason="She had counted from the day after", after=1, now=NOW + timedelta(hours=1))
    assert held(db, cast, injection) == {"first_effect": 5}
    history = observations.of_injection(db, cast.therapist.viewer, injection.id).history
    assert [(row.number, row.on, row.reason) for row in history] == [
        (2, day(5), "She had counted from the day after"),
        (1, day(3), None),
    ]


def test_what_was_noted_is_taken_back_by_a_row_without_a_day(db, cast, injection, note):
    note("peak", 20)
    note("peak", None, reason="It went on to get better")
    assert held(db, cast, injection) == {}
    assert observations.of_patient(db, cast.patient.patient_id) == ()
    note("peak", 30)  # nothing stands there, so that no reason is asked for
    assert held(db, cast, injection) == {"peak": 30}
    assert db.query(t.InjectionObservation).count() == 3


@pytest.mark.parametrize(
    ("kind", "n", "where", "code"),
    [
        ("smile", 3, "kind", "unknown_kind"),
        ("first_effect", -1, "on", "before_injection"),
        ("first_effect", 61, "on", "still_to_come"),
        ("first_effect", None, "on", "missing"),
    ],
)
def test_an_impossible_observation_is_refused(db, note, kind, n, where, code):
    with pytest.raises(Refused) as refused:
        note(kind, n)
    assert codes(refused) == {(where, code)}
    assert db.query(t.InjectionObservation).count() == 0


@pytest.mark.parametrize(("kind", "n"), [("first_effect", 25), ("wearing_off", 15)])
def test_they_come_in_their_order(note, kind, n):
    note("peak", 20)
    with pytest.raises(Refused) as refused:
        note(kind, n)
    assert codes(refused) == {("on", "out_of_order")}


def test_all_four_may_be_of_one_day(db, cast, injection, note):
    for kind in ("first_effect", "peak", "wearing_off", "worn_off"):
        note(kind, 20)
    assert held(db, cast, injection) == {"first_effect": 20, "peak": 20, "wearing_off": 20, "worn_off": 20}


@pytest.mark.parametrize("n", [4, None])
def test_a_day_that_stands_there_is_changed_or_taken_back_with_a_reason_only(note, n):
    note("first_effect", 3)
    with pytest.raises(Refused) as refused:
        note("first_effect", n)
    assert codes(refused) == {("reason", "missing")}


def test_of_two_who_had_the_same_row_before_them_the_second_is_told(note):
    note("first_effect", 3, after=0)
    with pytest.raises(Refused) as refused:
        note("first_effect", 4, reason="Again", after=0)
    assert codes(refused) == {("after", "noted_meanwhile")}


def test_a_day_from_the_next_injection_on_belongs_to_that_one(db, cast, injection, note):
    entry = changed(GIVEN, on=day(50), insertion_on=None)
    injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW)
    with pytest.raises(Refused) as refused:
        note("wearing_off", 50)
    assert codes(refused) == {("on", "after_next_injection")}
    note("wearing_off", 49)


def test_nothing_is_observed_of_an_injection_that_was_not_given(db, cast):
    entry = ChartEntry(state="planned", on=TODAY)
    planned = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW).injection
    with pytest.raises(Refused) as refused:
        observations.note(db, cast.therapist.viewer, planned.id, kind="peak", on=TODAY, now=NOW)
    assert codes(refused) == {("kind", "not_given")}


@pytest.mark.parametrize("who", ["patient", "other_patient", "outside_patient", "team_outsider", "outsider"])
def test_others_neither_read_nor_note(db, cast, injection, who):
    viewer = getattr(cast, who).viewer
    with pytest.raises(NotFound):
        observations.note(db, viewer, injection.id, kind="peak", on=day(3), now=NOW)
    with pytest.raises(NotFound):
        observations.of_injection(db, viewer, injection.id)


def test_two_who_note_at_once_take_no_same_number(database, db, cast, injection):
    db.commit()
    done, told = [], []
    both = threading.Barrier(2)

    def note():
        both.wait()
        try:
            with database.write() as own:
                viewer = cast.therapist.viewer
                row = observations.note(own, viewer, injection.id, kind="peak", on=day(20), reason="Seen", now=NOW)
                done.append(row.number)
        except Exception as error:
            told.append(error)

    threads = [threading.Thread(target=note) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(done), told) == ([1, 2], [])


def test_nothing_is_observed_and_no_side_effect_charted_of_an_injection_that_was_cancelled(db, cast, injection):
    viewer = cast.therapist.viewer
    cancelled = changed(GIVEN, on=GIVEN_ON, insertion_on=None, state="cancelled")
    injections.correct(db, viewer, injection.id, cancelled, reason="Another patient's", now=NOW)
    with pytest.raises(Refused) as refused:
        observations.note(db, viewer, injection.id, kind="peak", on=day(20), now=NOW)
    assert codes(refused) == {("kind", "not_given")}
    with pytest.raises(Refused) as refused:
        side_effects.chart(
            db, viewer, injection.id, SideEffectEntry(what="soreness", severity="mild", began_on=day(2)), now=NOW
        )
    assert codes(refused) == {("began_on", "not_given")}


def test_a_cancelled_injection_makes_no_warning_on_the_record_of_another(db, cast, injection):
    viewer, patient_id = cast.therapist.viewer, cast.patient.patient_id
    other = injections.chart(db, viewer, patient_id, ChartEntry(state="planned", on=TODAY), now=NOW).injection
    assert injections.read(db, viewer, patient_id, injection.id).warnings
    cancelled = ChartEntry(state="cancelled", on=TODAY)
    injections.correct(db, viewer, other.id, cancelled, reason="Moved elsewhere", now=NOW)
    db.expire_all()
    assert injections.read(db, viewer, patient_id, injection.id).warnings == ()
