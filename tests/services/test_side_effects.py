"""Side effects: charted after an injection, corrected by further records, withdrawn and never deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coach.db import tables as t
from coach.services import injections, reviews, side_effects
from coach.services.access import NotFound
from coach.services.charts import ChartEntry
from coach.services.refusals import Refused
from coach.services.side_effects import SideEffectEntry
from tests.cast import NOW
from tests.services.test_injections import GIVEN, TODAY, changed, codes
from tests.services.test_plans import counted

GIVEN_ON = TODAY - timedelta(days=10)
LEAKAGE = SideEffectEntry(
    what="urine leakage", severity="mild", began_on=GIVEN_ON + timedelta(days=4), action="Pads, seen again in a week"
)


@pytest.fixture
def injection(db, cast):
    entry = changed(GIVEN, on=GIVEN_ON, insertion_on=None)
    return injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW).injection


def charted(db, cast, injection, entry=LEAKAGE):
    return side_effects.chart(db, cast.therapist.viewer, injection.id, entry, now=NOW)


def correct(db, cast, found, entry, *, reason="", after=None):
    side_effects.correct(db, cast.therapist.viewer, found.id, entry, reason=reason, after=after, now=NOW)


def told(db, cast, found):
    return side_effects.read(db, cast.therapist.viewer, cast.patient.patient_id, found.id)


def test_a_side_effect_is_read_back_as_it_was_charted(db, cast, injection):
    found = told(db, cast, charted(db, cast, injection))
    holds = found.holds
    assert (holds.what, holds.severity, holds.action) == ("urine leakage", "mild", "Pads, seen again in a week")
    assert (holds.began_on, holds.ended_on, holds.withdrawn) == (GIVEN_ON + timedelta(days=4), None, False)
    assert (found.is_open, found.earlier, found.injection_id) == (True, (), injection.id)


def test_what_it_is_and_what_was_done_are_not_in_the_files_of_the_database(db, cast, injection):
    charted(db, cast, injection)
    raw = db.connection().exec_driver_sql("SELECT what, action FROM side_effect_record").one()
    assert "leakage" not in str(raw)
    assert "Pads" not in str(raw)


def test_an_end_is_charted_without_a_reason_and_what_stood_before_stays(db, cast, injection):
    made = charted(db, cast, injection)
    correct(db, cast, made, replace(LEAKAGE, ended_on=TODAY), after=1)
    found = told(db, cast, made)
    assert (found.is_open, found.holds.ended_on, found.holds.number) == (False, TODAY, 2)
    assert [record.ended_on for record in found.earlier] == [None]


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": "severe", "ended_on": TODAY},
        {"what": "soreness"},
        {"withdrawn": True},
        {"action": "None", "ended_on": TODAY},
        {"began_on": GIVEN_ON},
        {},
    ],
)
def test_any_other_change_needs_a_reason(db, cast, injection, changes):
    made = charted(db, cast, injection)
    with pytest.raises(Refused) as refused:
        correct(db, cast, made, replace(LEAKAGE, **changes))
    assert codes(refused) == {("reason", "missing")}
    correct(db, cast, made, replace(LEAKAGE, **changes), reason="She told it more exactly")
    assert told(db, cast, made).holds.reason == "She told it more exactly"


def test_one_that_was_charted_by_mistake_is_withdrawn_and_stays_readable(db, cast, injection):
    made = charted(db, cast, injection)
    correct(db, cast, made, replace(LEAKAGE, withdrawn=True), reason="Another patient's")
    assert not told(db, cast, made).is_open
    (found,) = side_effects.of_injection(db, cast.therapist.viewer, injection.id)
    assert (found.holds.withdrawn, found.earlier[0].withdrawn) == (True, False)
    assert side_effects.open_of(db, cast.patient.patient_id) == ()


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"began_on": GIVEN_ON - timedelta(days=1)}, "began_on", "before_injection"),
        ({"began_on": TODAY + timedelta(days=1)}, "began_on", "still_to_come"),
        ({"ended_on": TODAY + timedelta(days=1)}, "ended_on", "still_to_come"),
        ({"ended_on": GIVEN_ON}, "ended_on", "ended_before_it_began"),
        ({"what": " "}, "what", "missing"),
        ({"what": "x" * 200}, "what", "too_long"),
        ({"action": "x" * 20_000}, "action", "too_long"),
        ({"severity": "odd"}, "severity", "unknown_severity"),
        ({"withdrawn": True}, "withdrawn", "withdrawn_before_charted"),
    ],
)
def test_an_impossible_side_effect_is_refused_and_writes_nothing(db, cast, injection, changes, where, code):
    with pytest.raises(Refused) as refused:
        charted(db, cast, injection, replace(LEAKAGE, **changes))
    assert codes(refused) == {(where, code)}
    assert db.query(t.SideEffect).count() == 0


def test_an_injection_that_was_not_given_has_no_side_effects(db, cast):
    entry = ChartEntry(state="planned", on=TODAY)
    planned = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW).injection
    with pytest.raises(Refused) as refused:
        charted(db, cast, planned, replace(LEAKAGE, began_on=TODAY))
    assert codes(refused) == {("began_on", "not_given")}


def test_of_two_who_had_the_same_record_before_them_the_second_is_told(db, cast, injection):
    made = charted(db, cast, injection)
    correct(db, cast, made, replace(LEAKAGE, ended_on=TODAY), after=1)
    with pytest.raises(Refused) as refused:
        correct(db, cast, made, LEAKAGE, reason="Still there", after=1)
    assert codes(refused) == {("after", "corrected_meanwhile")}


def test_the_review_names_those_that_are_still_there(db, cast, injection):
    made = charted(db, cast, injection)
    bruise = charted(db, cast, injection, replace(LEAKAGE, what="bruising", began_on=GIVEN_ON, ended_on=TODAY))

    def on_review():
        found = reviews.review(db, cast.therapist.viewer, cast.patient.patient_id, now=NOW)
        return [each.id for each in found.side_effects]

    assert on_review() == [made.id]
    correct(db, cast, made, replace(LEAKAGE, ended_on=TODAY))
    assert on_review() == []
    assert {each.id for each in side_effects.of_injection(db, cast.therapist.viewer, injection.id)} == {
        made.id,
        bruise.id,
    }


def test_the_review_reads_them_with_one_query_however_many_there_are(db, cast, injection):
    counts = []
    for _ in range(3):
        correct(db, cast, charted(db, cast, injection), LEAKAGE, reason="Read again")
        with counted(db) as seen:
            side_effects.open_of(db, cast.patient.patient_id)
        counts.append(len(seen))
    assert counts == [1, 1, 1]


@pytest.mark.parametrize("who", ["patient", "other_patient", "outside_patient", "team_outsider", "outsider"])
def test_others_neither_read_nor_chart_nor_correct(db, cast, injection, who):
    made = charted(db, cast, injection)
    viewer = getattr(cast, who).viewer
    with pytest.raises(NotFound):
        side_effects.chart(db, viewer, injection.id, LEAKAGE, now=NOW)
    with pytest.raises(NotFound):
        side_effects.correct(db, viewer, made.id, LEAKAGE, reason="No", now=NOW)
    with pytest.raises(NotFound):
        side_effects.read(db, viewer, cast.patient.patient_id, made.id)
    with pytest.raises(NotFound):
        side_effects.of_injection(db, viewer, injection.id)


def test_a_side_effect_is_not_found_under_another_patient(db, cast, injection):
    made = charted(db, cast, injection)
    with pytest.raises(NotFound):
        side_effects.read(db, cast.therapist.viewer, cast.other_patient.patient_id, made.id)


@pytest.mark.parametrize(
    ("what", "severity", "asks"),
    [("bruising", "mild", False), ("bruising", "severe", True), ("Difficulty breathing", "mild", True)],
)
def test_what_may_be_a_sign_of_spread_asks_for_attention_however_mild(db, cast, injection, what, severity, asks):
    entry = SideEffectEntry(what=what, severity=severity, began_on=TODAY)
    side_effects.chart(db, cast.therapist.viewer, injection.id, entry, now=NOW)
    (told,) = side_effects.of_injection(db, cast.therapist.viewer, injection.id)
    assert told.asks_for_attention is asks
