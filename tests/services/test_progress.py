"""What a recorded result does to her rungs: written down with its reason, proposed, withdrawn, or left as it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.domain.playing import Mood, played
from coach.services import (
    alerts,
    assignment_changes,
    assignments,
    dilators,
    notices,
    placements,
    plans,
    programs,
    sessions,
    standings,
)
from coach.services.refusals import Refused
from coach.services.sessions import IncomingEvent
from tests.cast import NOW
from tests.given import TODAY

TEXT = """\
title: Sizes
language: en
scales:
  let_go: {ask: Can you let go?, answer: yes_no}
exercises:
  breathe: {kind: relaxation, title: Breathe, cue: Breathe., for: 1min}
  stay: {kind: dilator, title: Stay, cue: Stay., size: $dilator, for: 2min}
  lift: {kind: strengthening, title: Lift, cue: Lift., contract: $strength.hold, relax: 10s, reps: 3}
ladders:
  dilator:
    kind: dilator
    rungs: own set
    start: chosen at assignment
    up: {after: 2 of 3 sessions, completed: 100%, pain_at_most: 2}
    down: {after: 2 sessions in a row, pain_at_least: 4}
    after_gap: {of: 3d, down: 1}
    up_needs: automatic
  strength:
    kind: strengthening
    rungs:
      - {id: l1, hold: 3s}
      - {id: l2, hold: 5s}
    up: {after: 2 sessions in a row, pain_at_most: 2}
    locked: true
sessions:
  practice:
    title: Practice
    steps: [breathe, stay]
    ask_before: [pain]
    ask_after: [pain]
    stop_when: {pain_at_least: 7}
    variants:
      gentle: {title: Gentle, leave_out: [stay], counts: 100%}
  calm: {title: Calm, steps: [breathe]}
  resting: {title: Resting, steps: [breathe]}
  lifts:
    title: Lifts
    steps: [lift]
    ask_before: [pain, let_go]
    ask_after: [pain]
    instead_when: {let_go: "no", do: resting}
phases:
  - {id: always, title: Always, from: start, do: {practice: 2 per day, lifts: 1 per day, calm: 1 per day}}
"""


@dataclass
class Her:
    """The patient of the cast with the program above: sits down to a session, and how she stands after it."""

    db: object
    cast: object
    assignment: object

    def sits(self, day: int, pain: float = 0.0, *, hour: int = 0, key: str = "practice", variant=None, **mood):
        at = NOW + timedelta(days=day, hours=hour)
        opened = sessions.open_session(
            self.db,
            self.cast.patient.viewer,
            assignment_id=self.assignment.id,
            session_key=key,
            variant=variant,
            now=at,
        )
        script = sessions.script_of(self.db, self.cast.patient.viewer, opened.id)
        mood = Mood(**{"pain": pain, "skips_ratings": 0, "pauses": 0, "answers": {"let_go": 1}, **mood})
        events = [
            IncomingEvent(
                id=each.id, seq=each.seq, kind=each.kind, guided_ms=each.guided_ms, mono_ms=each.mono_ms, at=each.at,
                body={**each.body, "value": round(pain)} if each.body.get("scale") == "pain" else each.body,
            )
            for each in played(script, mood, at=at, chance=Random(f"{day} {hour} {key}"))
        ]  # fmt: skip
        self.upload(opened, events, at)
        return opened, events

    def upload(self, opened, events, at):
        sessions.record(self.db, self.cast.patient.viewer, opened.id, events, now=at + timedelta(minutes=30))

    def placements(self, ladder: str = "dilator") -> list[tuple[str, str, str | None]]:
        rows = self.db.scalars(select(t.Placement).where(t.Placement.ladder == ladder).order_by(t.Placement.placed_at))
        return [(row.rung, row.by, row.code) for row in rows]

    def newest(self, ladder: str = "dilator"):
        rows = select(t.Placement).where(t.Placement.ladder == ladder).order_by(t.Placement.placed_at.desc())
        return self.db.scalars(rows).first()

    def told(self) -> list[str]:
        return [each.kind for each in reversed(notices.open_of(self.db, self.cast.patient.viewer))]

    def rungs(self, day: int, key: str = "practice"):
        known = plans.facts(
            self.db, self.db.get(t.Patient, self.cast.patient.patient_id), now=NOW + timedelta(days=day)
        )
        return plans.script_inputs(known, self.assignment.id, key, known.today)


@pytest.fixture
def her(db, cast) -> Her:
    return given(db, cast)


def given(db, cast, text: str = TEXT) -> Her:
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[13, 16, 19, 22], now=NOW)
    done = programs.import_text(
        db, cast.therapist.viewer, key="sizes", text=text, imports_reader=lambda _: None, now=NOW
    )
    assert done.program is not None, done.problems
    assignment = assignments.assign(
        db, cast.therapist.viewer, cast.patient.patient_id, program_id=done.program.id, start_on=TODAY,
        placements={"dilator": "d2"}, now=NOW - timedelta(hours=1),
    )  # fmt: skip
    return Her(db, cast, assignment)


def test_a_sitting_says_what_it_shows_for_each_ladder(her):
    opened, _ = her.sits(0)
    assert opened.ladders == {"dilator": {"rung": "d2", "is_done": True, "share": 1.0, "stayed": False, "ratings": {}}}
    assert opened.by_rule is False
    smaller, _ = her.sits(0, hour=1, takes_smaller=True)
    assert (smaller.ladders["dilator"]["rung"], smaller.ladders["dilator"]["is_done"]) == ("d2", False)
    gentle, _ = her.sits(0, hour=2, variant="gentle")
    assert gentle.ladders is None
    stopped, _ = her.sits(0, 8, hour=3)
    assert (stopped.by_rule, stopped.ladders["dilator"]["share"]) == (True, 0)


def test_a_rung_is_raised_from_the_day_after_with_what_spoke_for_it(her):
    her.sits(0)
    assert her.placements() == [("d2", "therapist", None)]
    her.sits(1)
    newest = her.newest()
    assert (newest.rung, newest.by, newest.code, newest.placed_by_id) == ("d3", "rule", "up", None)
    assert newest.from_on == TODAY + timedelta(days=2)
    assert newest.params["met"] == 2
    assert her.rungs(1).rungs["dilator"] == "d2"
    assert her.rungs(2).rungs["dilator"] == "d3"
    assert her.told()[-1] == "rung_up"


def test_a_hard_second_sitting_of_the_day_takes_the_step_back_before_it_begins(her):
    her.sits(0, 5)
    her.sits(1)
    her.sits(1, hour=1)
    assert her.newest().rung == "d3"
    her.sits(1, 5, hour=3)
    assert her.newest().rung == "d3"  # two of the last three speak for it still
    her.sits(1, 5, hour=5)
    assert (her.newest().rung, her.newest().from_on) == ("d1", TODAY + timedelta(days=1))


def test_two_sore_sittings_lower_her_at_once(her):
    her.sits(0, 4)
    her.sits(0, 5, hour=3)
    assert (her.newest().rung, her.newest().code, her.newest().from_on) == ("d1", "down", TODAY)
    assert her.rungs(0).rungs["dilator"] == "d1"
    assert her.told()[-1] == "rung_down"


def test_a_late_upload_corrects_the_rung_and_keeps_what_was(her):
    opened, events = her.sits(0)
    her.sits(1)
    assert her.newest().rung == "d3"
    worse = IncomingEvent(
        id=uuid.uuid4(), seq=events[-1].seq + 1, kind="answered", guided_ms=0, mono_ms=events[-1].mono_ms + 1000,
        at=events[-1].at, body={"moment": "after", "scale": "pain", "value": 9},
    )  # fmt: skip
    her.upload(opened, [worse], NOW + timedelta(days=1, hours=2))
    assert her.placements() == [("d2", "therapist", None), ("d3", "rule", "up"), ("d2", "rule", "corrected")]
    assert her.newest().params == {"from": "d3", "to": "d2"}
    told = notices.open_of(her.db, her.cast.patient.viewer)[0]
    assert (told.kind, told.body["is_corrected"]) == ("rung_down", True), "her last practice went well"


def test_what_she_did_before_her_program_moved_on_speaks_for_nothing_after_it(her):
    """Neither up nor down: another text may mean another size, or other work, by the same name."""
    viewer = her.cast.therapist.viewer
    newer = programs.import_text(
        her.db, viewer, key="sizes", text=TEXT.replace("for: 2min", "for: 9min"), imports_reader=lambda _: None, now=NOW
    )

    def moves(revision_id):
        move = assignment_changes.Move(revision_id=revision_id, parameters={})
        at = NOW + timedelta(hours=4)
        assignment_changes.apply(her.db, viewer, her.assignment.id, move, reason="Longer.", now=at)

    her.sits(0)
    moves(newer.revision.id)
    her.sits(1)
    assert her.newest().rung == "d2", "one of its own is not two of three"
    her.sits(2)
    assert her.newest().rung == "d3"


def test_one_sore_sitting_before_her_program_moved_on_and_one_after_it_are_not_two(her):
    viewer = her.cast.therapist.viewer
    newer = programs.import_text(
        her.db, viewer, key="sizes", text=TEXT.replace("for: 2min", "for: 9min"), imports_reader=lambda _: None, now=NOW
    )
    her.sits(0, 5)
    move = assignment_changes.Move(revision_id=newer.revision.id, parameters={})
    assignment_changes.apply(her.db, viewer, her.assignment.id, move, reason="Longer.", now=NOW + timedelta(hours=4))
    her.sits(1, 5)
    assert her.newest().rung == "d2"
    her.sits(1, 5, hour=3)
    assert her.newest().rung == "d1"


def test_the_same_sittings_uploaded_in_another_order_give_the_same_rung(her):
    waiting = []
    upload = her.upload
    her.upload = lambda *one: waiting.append(one)
    for day, pain in enumerate([0, 1, 0]):
        her.sits(day, pain)
    her.upload = upload
    for number, (opened, events, _) in enumerate(reversed(waiting)):
        her.upload(opened, events, NOW + timedelta(days=3, minutes=number))
    assert her.newest().rung == "d3"


def test_after_a_gap_the_first_one_back_is_played_lower_and_her_place_stays(her):
    her.sits(0)
    assert her.rungs(3).eased == {}
    back = her.rungs(4)
    assert (back.rungs["dilator"], back.eased["dilator"].days) == ("d1", 3)
    assert back.rungs["strength"] == "l1"
    first, _ = her.sits(4)
    assert first.ladders["dilator"]["rung"] == "d1"
    assert her.placements() == [("d2", "therapist", None)]
    assert her.rungs(4).rungs["dilator"] == "d2"


def test_somebody_who_placed_her_meanwhile_has_had_a_look(her):
    her.sits(0)
    viewer = her.cast.therapist.viewer
    placements.place(
        her.db, viewer, her.assignment.id, ladder="dilator", rung="d3", reason="Fine", now=NOW + timedelta(days=6)
    )
    assert her.rungs(6).rungs["dilator"] == "d3"


def test_where_her_therapist_is_asked_a_proposal_is_open_and_withdrawn_when_the_log_takes_it_back(db, cast):
    her = given(db, cast, TEXT.replace("up_needs: automatic", "up_needs: therapist"))
    her.sits(0)
    her.sits(1)
    (offer,) = db.scalars(select(t.RungProposal)).all()
    assert (offer.rung_from, offer.rung_to, offer.needs, offer.outcome) == ("d2", "d3", "therapist", None)
    assert her.newest().rung == "d2"
    her.sits(2, 5)
    assert offer.outcome is None
    her.sits(2, 5, hour=1)
    assert (offer.outcome, offer.closed_by_id) == ("withdrawn", None)
    assert her.newest().rung == "d1"


def test_a_declined_proposal_comes_again_only_by_new_sittings(db, cast):
    her = given(db, cast, TEXT.replace("up_needs: automatic", "up_needs: patient"))
    her.sits(0)
    her.sits(1)
    waits = db.scalars(select(t.RungProposal.id).where(t.RungProposal.closed_at.is_(None))).one()
    placements.answer(
        db, cast.patient.viewer, her.assignment.id, ladder="dilator", proposal_id=waits, accept=False,
        now=NOW + timedelta(days=1, hours=2),
    )  # fmt: skip
    her.sits(2)
    assert db.scalars(select(t.RungProposal).where(t.RungProposal.closed_at.is_(None))).all() == []
    her.sits(3)
    assert len(db.scalars(select(t.RungProposal).where(t.RungProposal.closed_at.is_(None))).all()) == 1


def unlock(her, day=0, rung="l1"):
    placements.place(
        her.db, her.cast.therapist.viewer, her.assignment.id, ladder="strength", rung=rung, reason="She lets go",
        now=NOW + timedelta(days=day, minutes=-30),
    )  # fmt: skip


def test_a_flare_locks_what_was_unlocked_until_somebody_opens_it_again(her):
    unlock(her)
    her.sits(0, 1, key="lifts")
    assert her.newest("strength").state == "placed"
    her.sits(1, 5, key="lifts")
    newest = her.newest("strength")
    assert (newest.state, newest.by, newest.code, newest.params["tests"]) == (
        "locked", "rule", "flare", [["pain", "at_least", 4]],
    )  # fmt: skip
    assert her.told()[-1] == "ladder_locked"
    assert [each.kind for each in alerts.open_of(her.db, her.cast.therapist.viewer, her.cast.patient.patient_id)] == [
        "flare"
    ]
    with pytest.raises(sessions.NotFound):
        her.sits(2, key="lifts")
    at = NOW + timedelta(days=2)
    (held,) = plans.today(her.db, her.cast.patient.viewer, now=at).held
    assert (held.session_key, held.instead) == ("lifts", "resting")
    her.sits(2, key="resting")
    unlock(her, 3)
    her.sits(3, 1, key="lifts")
    assert her.newest("strength").state == "placed"


def test_nothing_stands_in_for_what_was_never_opened(her):
    (held,) = plans.today(her.db, her.cast.patient.viewer, now=NOW).held
    assert held.instead is None
    with pytest.raises(sessions.NotFound):
        her.sits(0, key="resting")


def test_two_sittings_that_a_stop_rule_ended_hold_the_rung_and_tell_her_therapist_once(her):
    for hour in range(3):
        her.sits(0, 8, hour=hour)
    raised = alerts.open_of(her.db, her.cast.therapist.viewer, her.cast.patient.patient_id)
    assert [each.kind for each in raised] == ["two_stops"]
    assert her.told().count("rung_held") == 1


def test_what_is_over_is_left_as_it_was(her):
    opened, events = her.sits(0)
    her.assignment.ends_on = TODAY
    her.db.flush()
    at = NOW + timedelta(days=2)
    her.upload(opened, [IncomingEvent(
        id=uuid.uuid4(), seq=events[-1].seq + 1, kind="answered", guided_ms=0, mono_ms=events[-1].mono_ms + 1, at=at,
        body={"moment": "after", "scale": "pain", "value": 9},
    )], at)  # fmt: skip
    assert her.placements() == [("d2", "therapist", None)]


def test_the_days_that_were_are_frozen_before_a_late_upload_changes_her_rung(her):
    waiting = []
    upload = her.upload
    her.upload = lambda *one: waiting.append(one)
    her.sits(0, 5)
    her.sits(1, 5)
    for opened, events, _ in waiting:
        upload(opened, events, NOW + timedelta(days=4))
    assert her.newest().code == "down"
    days = set(her.db.scalars(select(t.DueDay.day_on).where(t.DueDay.assignment_id == her.assignment.id)))
    assert days == {TODAY + timedelta(days=number) for number in range(5)}


def test_another_session_in_its_place_is_not_ended_by_a_stop_rule(her):
    unlock(her)
    opened, _ = her.sits(0, key="lifts", answers={"let_go": 0})
    assert (opened.stop_reason, opened.by_rule) == ("instead", False)


def test_her_own_stops_for_pain_hold_the_rung_lower_it_and_tell_her_therapist(her):
    for day in range(2):
        opened = stops_for_pain(her, day)
        assert (opened.stop_reason, opened.by_rule, opened.pain_after) == ("pain", False, None)
    assert [each.kind for each in alerts.open_of(her.db, her.cast.therapist.viewer, her.cast.patient.patient_id)] == [
        "two_stops"
    ]
    assert (her.newest().rung, her.newest().code) == ("d1", "down")


def test_a_first_session_back_that_ended_for_pain_leaves_the_next_one_lower_too(her):
    her.sits(0)
    stops_for_pain(her, 7)
    assert her.rungs(7).rungs["dilator"] == "d1"
    assert her.rungs(8).rungs["dilator"] == "d1"
    her.sits(8, 1)
    assert her.rungs(8).rungs["dilator"] == "d2"


def test_what_was_done_before_a_gap_raises_nobody_after_it(her):
    her.sits(0)
    her.sits(200)
    her.sits(201)
    assert her.placements() == [("d2", "therapist", None)]
    her.sits(202)
    assert her.newest().rung == "d3"


def test_a_session_back_that_hurt_and_one_after_it_are_two_in_a_row(her):
    her.sits(0)
    her.sits(7, 5)
    assert her.rungs(7).rungs["dilator"] == "d1"
    her.sits(7, 5, hour=2)
    assert (her.newest().rung, her.newest().code) == ("d1", "down")


@pytest.mark.parametrize("needs", ["therapist", "patient"])
def test_a_proposal_is_nobodys_any_more_once_a_gap_lies_between_and_the_session_back_stays_lower(db, cast, needs):
    her = given(db, cast, TEXT.replace("up_needs: automatic", f"up_needs: {needs}"))
    her.sits(0)
    her.sits(1)
    (offer,) = db.scalars(select(t.RungProposal)).all()
    viewer = cast.therapist.viewer if needs == "therapist" else cast.patient.viewer
    away = NOW + timedelta(days=41)

    def waits(at):
        if needs == "patient":
            return [each.offered.id for each in placements.offers(db, viewer, now=at)]
        known = plans.facts(db, db.get(t.Patient, cast.patient.patient_id), now=at)
        return [each.proposal.to.id for each in standings.places_of(db, known) if each.proposal]

    assert waits(NOW + timedelta(days=2)) == ["d3"]
    assert waits(away) == []
    with pytest.raises(Refused):
        placements.answer(db, viewer, her.assignment.id, ladder="dilator", proposal_id=offer.id, accept=True, now=away)
    assert her.rungs(41).rungs["dilator"] == "d1"
    her.sits(41)
    assert offer.outcome == "withdrawn"


def test_a_proposal_that_was_taken_is_no_look_at_a_gap(db, cast):
    her = given(db, cast, TEXT.replace("up_needs: automatic", "up_needs: therapist"))
    her.sits(0)
    her.sits(1)
    (offer,) = db.scalars(select(t.RungProposal)).all()
    placements.answer(
        db, cast.therapist.viewer, her.assignment.id, ladder="dilator", proposal_id=offer.id, accept=True,
        now=NOW + timedelta(days=4),
    )  # fmt: skip
    assert her.rungs(4).rungs["dilator"] == "d3"
    assert her.rungs(5).rungs["dilator"] == "d2"


def test_another_revision_does_not_raise_her_by_what_she_did_before_it(her):
    her.sits(0)
    goes_over_to(her, TEXT.replace("2 of 3 sessions, completed: 100%", "1 of 2 sessions, completed: 100%"), hour=5)
    her.sits(1, 3)
    assert her.placements() == [("d2", "therapist", None)]
    her.sits(2)
    assert her.newest().rung == "d3"


def goes_over_to(her, text: str, *, hour: int) -> None:
    viewer, at = her.cast.therapist.viewer, NOW + timedelta(hours=hour)
    programs.import_text(her.db, viewer, key="sizes", text=text, imports_reader=lambda _: None, now=at)
    program_id = her.db.get(t.Revision, her.assignment.revision_id).program_id
    newest = max(programs.revisions_of(her.db, viewer, program_id), key=lambda each: each.number)
    change = assignment_changes.Move(revision_id=newest.id, parameters={})
    assignment_changes.apply(her.db, viewer, her.assignment.id, change, reason="Easier", now=at)


def stops_for_pain(her, day: int, *, hour: int = 0):
    """She begins, and ends it for pain some seconds later without a rating."""
    upload, kept = her.upload, []
    her.upload = lambda *one: kept.append(one)
    her.sits(day, hour=hour)
    her.upload = upload
    opened, events, at = kept[0]
    gate = next(number for number, each in enumerate(events) if each.kind == "ready")
    before = [
        replace(each, body={**each.body, "value": None} if each.body.get("scale") == "pain" else each.body)
        for each in events[: gate + 1]
    ]
    last = before[-1]
    stop = replace(
        last, id=uuid.uuid4(), seq=last.seq + 1, kind="stopped", guided_ms=last.guided_ms + 5000,
        mono_ms=last.mono_ms + 5000, at=last.at + timedelta(seconds=5), body={"reason": "pain"},
    )  # fmt: skip
    her.upload(opened, [*before, stop], at)
    return opened


def test_a_rise_for_tomorrow_is_not_hers_today(her):
    """What she is shown, what is played and what she is allowed go by one day."""
    her.sits(0)
    her.sits(1)
    now, patient = NOW + timedelta(days=1, hours=2), her.db.get(t.Patient, her.cast.patient.patient_id)
    assert her.newest().from_on == TODAY + timedelta(days=2)
    (choice,) = placements.choices(her.db, her.cast.patient.viewer, now=now)
    assert (choice.rung.id, [rung.id for rung in choice.rungs]) == ("d2", ["d1", "d2"])
    place = next(each for each in standings.places_of(her.db, plans.facts(her.db, patient, now=now)) if each.rungs)
    assert (place.rung.id, place.since) == ("d2", TODAY)
    with pytest.raises(Refused):
        placements.choose(her.db, her.cast.patient.viewer, her.assignment.id, ladder="dilator", rung="d3", now=now)
    assert her.rungs(1).rungs["dilator"] == "d2"
    (choice,) = placements.choices(her.db, her.cast.patient.viewer, now=now + timedelta(days=1))
    assert (choice.rung.id, her.rungs(2).rungs["dilator"]) == ("d3", "d3")


@pytest.mark.parametrize("rung", ["d1", "d2"])
def test_she_takes_no_rise_for_tomorrow_if_she_chooses_today_to_stay_or_to_go_smaller(her, rung):
    her.sits(0)
    her.sits(1)
    now = NOW + timedelta(days=1, hours=2)
    placements.choose(her.db, her.cast.patient.viewer, her.assignment.id, ladder="dilator", rung=rung, now=now)
    assert [her.rungs(day).rungs["dilator"] for day in (1, 2)] == [rung, rung]


@pytest.mark.parametrize(("rung", "told"), [("d3", "rung_up"), ("d2", "rung_held")])
def test_her_therapist_may_begin_a_rise_for_tomorrow_today_or_keep_her_where_she_is(her, rung, told):
    her.sits(0)
    her.sits(1)
    now = NOW + timedelta(days=1, hours=2)
    placements.place(
        her.db, her.cast.therapist.viewer, her.assignment.id, ladder="dilator", rung=rung, reason="Seen", now=now
    )
    assert [her.rungs(day).rungs["dilator"] for day in (1, 2)] == [rung, rung]
    assert her.told()[-1] == told


@pytest.mark.parametrize("ends", [True, False])
def test_a_late_upload_after_the_program_ended_moves_nothing(db, cast, ends):
    for number, needs in enumerate(("automatic", "therapist")):
        with db.begin_nested() as tried:
            her = given(db, cast, TEXT.replace("up_needs: automatic", f"up_needs: {needs}"))
            waiting, upload = [], her.upload
            her.upload = lambda *one, to=waiting: to.append(one)
            her.sits(0)
            her.sits(1)
            if ends:
                her.assignment.ends_on = TODAY + timedelta(days=1)
                db.flush()
            told = her.told()
            for opened, events, _ in waiting:
                upload(opened, events, NOW + timedelta(days=2))
            moved = (len(her.placements()) > 1, len(list(db.scalars(select(t.RungProposal)))) > 0)
            assert moved == ((False, False) if ends else (number == 0, number == 1))
            assert (her.told() == told) is (ends or number == 1)
            tried.rollback()


def test_a_stricter_revision_does_not_take_back_what_the_rules_had_given(her):
    """Other rules do not judge the sittings from before them."""
    her.sits(0)
    her.sits(1)
    assert her.newest().rung == "d3"
    stricter = TEXT.replace("up: {after: 2 of 3 sessions", "up: {after: 5 of 6 sessions")
    viewer = her.cast.therapist.viewer
    done = programs.import_text(
        her.db, viewer, key="sizes", text=stricter, imports_reader=lambda _: None, now=NOW + timedelta(days=2)
    )
    assignment_changes.apply(
        her.db, viewer, her.assignment.id, assignment_changes.Move(revision_id=done.revision.id, parameters={}),
        reason="Slower", now=NOW + timedelta(days=2),
    )  # fmt: skip
    her.sits(2, hour=2)
    assert her.newest().rung == "d3"
    assert "corrected" not in [code for _, _, code in her.placements()]
