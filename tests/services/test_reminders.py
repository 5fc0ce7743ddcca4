"""What a patient chose, what is due by it, and what may go out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.services import reminders
from coach.services.access import NotFound
from coach.services.refusals import Refused
from coach.services.reminders import Claimed, Message, Withheld
from tests.cast import NOW, make_cast
from tests.reminders.scene import ask_for, give_program, practise, set_quiet_hours, set_zone
from tests.statements import statements

# The cast lives in Berlin, where NOW is ten in the morning of a Monday in winter; quiet hours are 21:30 to 07:30.
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def rows(db) -> list[t.Reminder]:
    db.flush()
    db.expire_all()
    return list(db.scalars(select(t.Reminder).order_by(t.Reminder.due_at, t.Reminder.id)))


def states(db) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in rows(db)]


@pytest.fixture
def assignment(db, cast):
    return give_program(db, cast.patient, by=cast.therapist)


@pytest.fixture
def claimed(db, cast, assignment) -> Claimed:
    """The patient's reminder for noon, claimed at noon."""
    ask_for(db, cast.patient, "12:00")
    reminders.plan_due(db, now=NOON)
    [one] = reminders.claim(db, worker="w", now=NOON)
    return one


class TestChoosing:
    def test_a_choice_is_a_new_row_with_its_wording_and_time(self, db, cast):
        ask_for(db, cast.patient, "18:30", "09:00")
        ask_for(db, cast.patient, "20:00", address=" other@inbox.example ", now=NOON)
        first, second = db.scalars(select(t.ReminderChoice).order_by(t.ReminderChoice.chosen_at)).all()
        assert (first.is_current, first.wording, first.chosen_at) == (False, reminders.WORDING, NOW)
        assert (second.is_current, second.address, second.chosen_at) == (True, "other@inbox.example", NOON)
        now_holds = reminders.current_choice(db, cast.patient.viewer)
        assert (now_holds.channel, now_holds.times) == ("email", (time(20),))

    def test_times_are_kept_in_order(self, db, cast):
        ask_for(db, cast.patient, "18:30", "09:00")
        assert reminders.current_choice(db, cast.patient.viewer).times == (time(9), time(18, 30))

    def test_nothing_chosen_yet_is_none(self, db, cast):
        choice = reminders.current_choice(db, cast.patient.viewer)
        assert (choice.channel, choice.address, choice.times, choice.chosen_at) == ("none", None, (), None)

    def test_choosing_none_keeps_no_address(self, db, cast):
        ask_for(db, cast.patient, "09:00")
        chosen = reminders.choose(
            db, cast.patient.viewer, channel="none", address="a@b.example", times=[time(9)], now=NOON
        )
        assert (chosen.channel, chosen.address, chosen.wording) == ("none", None, None)
        assert reminders.current_choice(db, cast.patient.viewer).channel == "none"

    @pytest.mark.parametrize(
        ("address", "times", "code"),
        [
            ("", ["09:00"], "malformed"),
            ("no-at-sign.example", ["09:00"], "malformed"),
            ("two@at@signs.example", ["09:00"], "malformed"),
            ("a@b.example\r\nBcc: c@d.example", ["09:00"], "malformed"),
            ("a@b.example\nX: y", ["09:00"], "malformed"),
            ("a@b.example, c@d.example", ["09:00"], "malformed"),
            ("Name <a@b.example>", ["09:00"], "malformed"),
            ("ä@b.example", ["09:00"], "malformed"),
            (f"{'a' * 250}@b.example", ["09:00"], "malformed"),
            ("a@b.example", [], "none"),
            ("a@b.example", ["09:00", "10:00", "11:00", "12:00", "13:00"], "many"),
            ("a@b.example", ["09:00", "09:00"], "close"),
            ("a@b.example", ["09:00", "09:29"], "close"),
            ("a@b.example", ["21:30"], "quiet"),
            ("a@b.example", ["12:00", "07:29"], "quiet"),
        ],
    )
    def test_what_cannot_be_kept_is_refused_and_changes_nothing(self, db, cast, address, times, code):
        ask_for(db, cast.patient, "09:00")
        with pytest.raises(Refused) as refused:
            ask_for(db, cast.patient, *times, address=address, now=NOON)
        assert [refusal.code for refusal in refused.value.refusals] == [code]
        assert reminders.current_choice(db, cast.patient.viewer).chosen_at == NOW

    def test_an_unknown_channel_is_refused(self, db, cast):
        with pytest.raises(Refused, match="channel: unknown"):
            reminders.choose(db, cast.patient.viewer, channel="sms", address="1", times=[time(9)], now=NOW)

    def test_times_half_an_hour_apart_just_outside_quiet_hours_are_fine(self, db, cast):
        ask_for(db, cast.patient, "07:30", "08:00", "20:59", "21:29")
        assert len(reminders.current_choice(db, cast.patient.viewer).times) == 4

    def test_only_the_patient_herself_chooses_and_reads_her_choice(self, db, cast):
        for person in (cast.therapist, cast.team_outsider, cast.outsider):
            with pytest.raises(NotFound):
                reminders.current_choice(db, person.viewer)
            with pytest.raises(NotFound):
                ask_for(db, person, "09:00")

    def test_the_address_is_not_readable_in_the_database(self, db, cast):
        ask_for(db, cast.patient, "09:00", address="findable@inbox.example")
        raw = db.connection().exec_driver_sql("SELECT address FROM reminder_choice").scalar_one()
        assert "findable" not in raw

    def test_a_new_choice_takes_back_what_waits_by_the_old_one(self, db, cast, assignment):
        ask_for(db, cast.patient, "10:30")
        reminders.plan_due(db, now=NOW)
        ask_for(db, cast.patient, "10:45", now=NOW + timedelta(minutes=5))
        reminders.plan_due(db, now=NOW + timedelta(minutes=5))
        assert [row.due_at for row in rows(db)] == [NOW + timedelta(minutes=45)]


class TestPlanning:
    def test_a_chosen_time_becomes_one_reminder_however_often_it_is_planned(self, db, cast, assignment):
        ask_for(db, cast.patient, "10:30", "18:00")
        assert reminders.plan_due(db, now=NOW) == 1
        assert reminders.plan_due(db, now=NOW) == 0
        assert reminders.plan_due(db, now=NOW + timedelta(minutes=1)) == 0
        [row] = rows(db)
        assert (row.local_on, row.slot, row.state) == (date(2026, 3, 2), 0, "pending")
        assert (row.due_at, row.expires_at) == (NOW + timedelta(minutes=30), NOW + timedelta(minutes=210))

    def test_a_second_row_for_a_patient_day_and_slot_is_impossible(self, db, cast, assignment):
        # Given that two processes planned at once and neither saw the other's row
        ask_for(db, cast.patient, "10:30")
        reminders.plan_due(db, now=NOW)
        [row] = rows(db)
        found = list(reminders._due_between(db, NOW, NOW + timedelta(hours=1)))
        assert [(one["patient_id"], one["local_on"], one["slot"]) for one in found] == [
            (row.patient_id, row.local_on, row.slot)
        ]
        reminders._insert(db, [one | {"state": "pending", "reason": None} for one in found])
        assert len(rows(db)) == 1

    def test_a_time_that_was_past_when_it_was_chosen_begins_tomorrow(self, db, cast, assignment):
        ask_for(db, cast.patient, "09:59")
        reminders.plan_due(db, now=NOW)
        assert rows(db) == []

    def test_nobody_without_a_running_program_is_reminded(self, db, cast):
        give_program(
            db, cast.patient, by=cast.therapist, start_on=NOW.date() - timedelta(9), ends_on=NOW.date() - timedelta(3)
        )
        give_program(db, cast.other_patient, by=cast.therapist, start_on=NOW.date() + timedelta(days=3))
        for person in (cast.patient, cast.other_patient):
            ask_for(db, person, "10:30")
        assert reminders.plan_due(db, now=NOW) == 0

    def test_choosing_none_means_none(self, db, cast, assignment):
        ask_for(db, cast.patient, "10:30")
        reminders.plan_due(db, now=NOW)
        reminders.choose(db, cast.patient.viewer, channel="none", address=None, times=[], now=NOW)
        assert rows(db) == []
        for day in range(3):
            assert reminders.plan_due(db, now=NOW + timedelta(days=day)) == 0

    def test_an_outage_is_written_down_and_what_is_still_of_use_goes_out(self, db, cast, assignment):
        ask_for(db, cast.patient, "10:30", "18:00")
        reminders.beat(db, worker="w", now=NOW)
        back_at = NOW + timedelta(days=3, hours=1)  # a Thursday, eleven in the morning
        reminders.plan_due(db, now=back_at)
        assert states(db) == [("suppressed", "too_late")] * 6 + [("pending", None)]
        assert len(reminders.claim(db, worker="w", now=back_at)) == 1

    def test_one_patient_with_an_unknown_zone_keeps_nobody_else_waiting(self, db, cast, assignment):
        give_program(db, cast.other_patient, by=cast.therapist)
        for person in (cast.patient, cast.other_patient):
            ask_for(db, person, "10:30")
        set_zone(db, cast.patient, "Nowhere/Land")
        reminders.plan_due(db, now=NOW)
        assert [row.patient_id for row in rows(db)] == [cast.other_patient.patient_id]

    @pytest.mark.parametrize(
        ("zone", "wall", "day"),
        [
            ("Europe/Berlin", "02:30", date(2026, 3, 29)),  # the hour that is left out
            ("Europe/Berlin", "02:30", date(2026, 10, 25)),  # the hour that comes twice
            ("America/Havana", "00:30", date(2026, 3, 8)),
            ("America/Havana", "00:30", date(2026, 11, 1)),
            ("Africa/Cairo", "23:30", date(2026, 10, 29)),
            ("Australia/Lord_Howe", "02:15", date(2026, 10, 4)),
            ("America/Nuuk", "23:30", date(2026, 3, 28)),
        ],
    )
    def test_a_clock_change_brings_neither_two_reminders_nor_none(self, db, cast, zone, wall, day):
        give_program(db, cast.patient, by=cast.therapist, start_on=day - timedelta(days=3))
        set_quiet_hours(db, cast.patient, "00:00", "00:00")
        set_zone(db, cast.patient, zone)
        start = datetime.combine(day, time(), UTC) - timedelta(days=2)
        ask_for(db, cast.patient, wall, now=start)
        for half_hours in range(4 * 48):
            now = start + timedelta(minutes=30 * half_hours)
            reminders.plan_due(db, now=now)
            reminders.beat(db, worker="w", now=now)
        assert [row.local_on for row in rows(db)].count(day) == 1
        assert len({row.local_on for row in rows(db)}) == len(rows(db)) >= 4

    def test_planning_costs_as_many_statements_for_three_patients_as_for_one(self, db, cast, assignment):
        ask_for(db, cast.patient, "10:30")
        with statements(db.get_bind()) as for_one:
            reminders.plan_due(db, now=NOW)
        give_program(db, cast.other_patient, by=cast.therapist)
        give_program(db, cast.outside_patient, by=cast.outsider)
        for person in (cast.other_patient, cast.outside_patient):
            ask_for(db, person, "10:30")
        with statements(db.get_bind()) as for_more:
            assert reminders.plan_due(db, now=NOW) == 2
        assert len(for_more) == len(for_one) <= 4


class TestClaiming:
    def test_what_is_due_is_taken_once_oldest_first_and_no_more_than_asked_for(self, db, cast, assignment):
        ask_for(db, cast.patient, "11:30")
        give_program(db, cast.other_patient, by=cast.therapist)
        ask_for(db, cast.other_patient, "11:00")
        reminders.plan_due(db, now=NOW, horizon=timedelta(hours=2))
        assert reminders.claim(db, worker="w", now=NOW) == []
        [one] = reminders.claim(db, worker="w", now=NOON, limit=1)
        [two] = reminders.claim(db, worker="w", now=NOON, limit=5)
        assert [one.patient_id, two.patient_id] == [cast.other_patient.patient_id, cast.patient.patient_id]
        assert reminders.claim(db, worker="w", now=NOON) == []

    @pytest.mark.engines("postgresql")
    def test_a_row_that_another_worker_is_taking_is_passed_over_without_waiting(self, database):
        with database.write() as db:
            cast = make_cast(db)
            for person in (cast.patient, cast.other_patient):
                give_program(db, person, by=cast.therapist)
                ask_for(db, person, "12:00")
            reminders.plan_due(db, now=NOON)
        with database.write() as one, database.write() as two:
            first = reminders.claim(one, worker="one", now=NOON, limit=1)
            two.connection().exec_driver_sql("SET lock_timeout = '2s'")
            second = reminders.claim(two, worker="two", now=NOON, limit=5)
        assert len(first) == len(second) == 1
        assert first[0].reminder_id != second[0].reminder_id

    def test_a_worker_that_went_away_before_the_gate_loses_its_claim_to_another(self, db, claimed):
        later = NOON + reminders.LEASE
        reminders.reap(db, now=later - timedelta(seconds=1))
        assert reminders.claim(db, worker="x", now=later) == []
        reminders.reap(db, now=later)
        [again] = reminders.claim(db, worker="x", now=later)
        assert (again.reminder_id, again.fence) == (claimed.reminder_id, claimed.fence + 1)
        # The first one comes back, and finds every door closed.
        assert reminders.arm(db, claimed, now=later) == Withheld("lost")
        assert isinstance(reminders.arm(db, again, now=later), Message)
        assert not reminders.mark_sent(db, claimed, now=later)
        assert not reminders.mark_failed(db, claimed, now=later, reason="x", is_final=True)
        assert not reminders.mark_unknown(db, claimed, reason="x")
        assert not reminders.release(db, claimed)
        assert states(db) == [("sending", None)]

    def test_a_claim_that_ran_out_opens_no_gate_even_before_another_takes_it(self, db, claimed):
        later = NOON + reminders.LEASE
        reminders.reap(db, now=later)
        assert reminders.arm(db, claimed, now=later) == Withheld("lost")
        assert not reminders.mark_sent(db, claimed, now=later)
        assert states(db) == [("pending", None)]

    def test_what_was_sent_stays_sent(self, db, claimed):
        reminders.arm(db, claimed, now=NOON)
        reminders.mark_sent(db, claimed, now=NOON)
        assert reminders.arm(db, claimed, now=NOON) == Withheld("lost")
        assert not reminders.mark_failed(db, claimed, now=NOON, reason="x", is_final=False)
        assert not reminders.mark_unknown(db, claimed, reason="x")
        assert not reminders.release(db, claimed)
        assert states(db) == [("sent", None)]

    def test_a_worker_that_went_away_after_the_gate_leaves_an_unknown_outcome_that_is_held(self, db, claimed):
        assert isinstance(reminders.arm(db, claimed, now=NOON), Message)
        for minutes in (2, 60, 600):
            reminders.reap(db, now=NOON + timedelta(minutes=minutes))
            assert reminders.claim(db, worker="x", now=NOON + timedelta(minutes=minutes)) == []
        assert states(db) == [("unknown", "worker_gone")]

    def test_what_was_given_back_can_be_taken_at_once(self, db, claimed):
        assert reminders.release(db, claimed)
        assert len(reminders.claim(db, worker="x", now=NOON)) == 1


class TestTheGate:
    def test_it_opens_for_something_left_to_do(self, db, cast, claimed):
        message = reminders.arm(db, claimed, now=NOON)
        assert isinstance(message, Message)
        assert (message.address, message.language, len(message.key)) == ("someone@inbox.example", "en", 64)
        assert states(db) == [("sending", None)]
        assert reminders.mark_sent(db, claimed, now=NOON)
        assert [(row.state, row.sent_at, row.attempts) for row in rows(db)] == [("sent", NOON, 1)]

    def test_she_reads_it_in_the_language_of_her_account(self, db, cast, claimed):
        db.get_one(t.Account, cast.patient.account_id).language = "es"
        message = reminders.arm(db, claimed, now=NOON)
        assert isinstance(message, Message)
        assert message.language == "es"

    def test_it_stays_shut_once_the_day_is_done(self, db, assignment, claimed):
        practise(db, assignment, day_on=NOON.date(), at=NOON - timedelta(minutes=5))
        assert reminders.arm(db, claimed, now=NOON) == Withheld("done")
        assert states(db) == [("suppressed", "done")]

    @pytest.mark.engines("postgresql")
    def test_it_waits_for_an_upload_that_is_ending_the_session_at_that_moment(self, database):
        with database.write() as db:
            cast = make_cast(db)
            assignment = give_program(db, cast.patient, by=cast.therapist)
            practise(db, assignment, day_on=NOON.date(), at=NOON)
            begun = db.scalars(select(t.Session)).one()
            begun.outcome, begun.closed_at, begun.credit = "open", None, 0.0
            ask_for(db, cast.patient, "12:00")
            reminders.plan_due(db, now=NOON)
            [claimed] = reminders.claim(db, worker="w", now=NOON)

        def ask_the_gate():
            with database.write() as db:
                return reminders.arm(db, claimed, now=NOON)

        with ThreadPoolExecutor() as pool:
            with database.write() as upload:
                session = upload.scalars(select(t.Session)).one()
                session.outcome, session.closed_at, session.credit = "complete", NOON, 1.0
                upload.flush()
                asked = pool.submit(ask_the_gate)
                with pytest.raises(TimeoutError):
                    asked.result(timeout=0.3)
            assert asked.result(timeout=10) == Withheld("done")

    def test_yesterdays_session_does_not_shut_it(self, db, assignment, claimed):
        practise(db, assignment, day_on=NOON.date() - timedelta(days=1), at=NOON - timedelta(days=1))
        assert isinstance(reminders.arm(db, claimed, now=NOON), Message)

    def test_it_stays_shut_on_a_day_with_nothing_due(self, db, assignment, claimed):
        assignment.ends_on = NOON.date() - timedelta(days=1)
        db.flush()
        assert reminders.arm(db, claimed, now=NOON) == Withheld("nothing_due")

    def test_it_stays_shut_once_consent_is_withdrawn(self, db, cast, claimed):
        reminders.choose(db, cast.patient.viewer, channel="none", address=None, times=[], now=NOON)
        assert reminders.arm(db, claimed, now=NOON) == Withheld("not_wanted")

    def test_it_stays_shut_for_a_closed_account(self, db, cast, claimed):
        db.get_one(t.Account, cast.patient.account_id).closed_at = NOON
        db.flush()
        assert reminders.arm(db, claimed, now=NOON) == Withheld("account_closed")

    def test_it_stays_shut_in_quiet_hours(self, db, cast, claimed):
        set_quiet_hours(db, cast.patient, "12:00", "13:00")
        assert reminders.arm(db, claimed, now=NOON) == Withheld("quiet_hours")

    def test_it_stays_shut_once_the_window_is_over(self, db, claimed):
        assert reminders.arm(db, claimed, now=NOON + timedelta(hours=3)) == Withheld("too_late")

    def test_it_opens_until_the_last_second_of_the_window(self, db, claimed):
        last = NOON + timedelta(hours=3, seconds=-1)
        assert isinstance(reminders.arm(db, claimed, now=last), Message)

    def test_it_stays_shut_for_a_time_that_is_no_longer_wanted(self, db, cast, assignment):
        ask_for(db, cast.patient, "10:30", "12:00")
        reminders.plan_due(db, now=NOW, horizon=timedelta(hours=2))
        _one, two = reminders.claim(db, worker="w", now=NOON)
        ask_for(db, cast.patient, "11:00", now=NOON)
        assert reminders.arm(db, two, now=NOON) == Withheld("changed")

    def test_a_reminder_whose_time_moved_on_waits_for_its_new_time(self, db, cast, claimed):
        # When she has flown to Lisbon, where it is eleven
        set_zone(db, cast.patient, "Europe/Lisbon")
        assert reminders.arm(db, claimed, now=NOON) == Withheld("not_yet")
        assert reminders.claim(db, worker="w", now=NOON + timedelta(minutes=59)) == []
        [again] = reminders.claim(db, worker="w", now=NOON + timedelta(minutes=60))
        assert again.reminder_id == claimed.reminder_id
        assert isinstance(reminders.arm(db, again, now=NOON + timedelta(minutes=60)), Message)

    def test_no_two_messages_within_half_an_hour(self, db, cast, claimed):
        reminders.arm(db, claimed, now=NOON)
        reminders.mark_sent(db, claimed, now=NOON)
        # A new choice puts a second slot right behind the first.
        ask_for(db, cast.patient, "11:30", "12:10", now=NOON)
        at = NOON + timedelta(minutes=10)
        reminders.plan_due(db, now=at)
        [two] = reminders.claim(db, worker="w", now=at)
        assert reminders.arm(db, two, now=at) == Withheld("just_sent")

    @pytest.mark.parametrize("outcome", ["in flight", "unknown"])
    def test_no_message_behind_one_that_may_have_gone_out(self, db, cast, claimed, outcome):
        reminders.arm(db, claimed, now=NOON)
        if outcome == "unknown":
            reminders.mark_unknown(db, claimed, reason="no_answer")
        ask_for(db, cast.patient, "11:30", "12:01", now=NOON)
        at = NOON + timedelta(minutes=1)
        reminders.plan_due(db, now=at)
        [two] = reminders.claim(db, worker="w", now=at)
        assert reminders.arm(db, two, now=at) == Withheld("just_sent")

    def test_no_more_than_four_messages_a_day(self, db, cast, claimed):
        for slot in range(10, 14):
            db.add(
                t.Reminder(
                    clinic_id=cast.patient.clinic_id,
                    team_id=cast.patient.team_id,
                    patient_id=cast.patient.patient_id,
                    local_on=NOON.date(),
                    slot=slot,
                    due_at=NOW,
                    not_before_at=NOW,
                    expires_at=NOON,
                    state="sent",
                    sent_at=NOW,
                )
            )
        db.flush()
        assert reminders.arm(db, claimed, now=NOON) == Withheld("enough_today")

    def test_an_address_that_was_refused_for_good_is_left_alone_until_she_chooses_again(self, db, cast, claimed):
        reminders.arm(db, claimed, now=NOON)
        reminders.mark_failed(db, claimed, now=NOON, reason="address_refused", is_final=True)
        assert reminders.current_choice(db, cast.patient.viewer).address_refused
        tomorrow = NOON + timedelta(days=1)
        reminders.plan_due(db, now=tomorrow)
        [next_day] = reminders.claim(db, worker="w", now=tomorrow)
        assert reminders.arm(db, next_day, now=tomorrow) == Withheld("address_refused")
        ask_for(db, cast.patient, "14:00", address="better@inbox.example", now=tomorrow)
        assert not reminders.current_choice(db, cast.patient.viewer).address_refused

    def test_the_key_of_a_reminder_is_the_same_for_each_attempt_and_another_for_each_day(self, db, claimed):
        first = reminders.arm(db, claimed, now=NOON)
        reminders.mark_failed(db, claimed, now=NOON, reason="smtp_451", is_final=False)
        [again] = reminders.claim(db, worker="w", now=NOON + timedelta(minutes=1))
        second = reminders.arm(db, again, now=NOON + timedelta(minutes=1))
        reminders.mark_sent(db, again, now=NOON)
        tomorrow = NOON + timedelta(days=1)
        reminders.plan_due(db, now=tomorrow)
        [next_day] = reminders.claim(db, worker="w", now=tomorrow)
        third = reminders.arm(db, next_day, now=tomorrow)
        assert isinstance(first, Message)
        assert isinstance(second, Message)
        assert isinstance(third, Message)
        assert first.key == second.key != third.key


class TestAfterwards:
    def test_a_passing_fault_is_tried_again_ever_later_and_given_up_with_the_window(self, db, claimed):
        now, waits = NOON, []
        for _ in range(20):
            reminders.arm(db, claimed, now=now)
            reminders.mark_failed(db, claimed, now=now, reason="smtp_451", is_final=False)
            [row] = rows(db)
            if row.state != "pending":
                break
            waits.append((row.not_before_at - now).total_seconds())
            now = row.not_before_at
            [claimed] = reminders.claim(db, worker="w", now=now)
        assert states(db) == [("dead", "smtp_451")]
        assert now < NOON + timedelta(hours=3)
        for wait, step in zip(waits, (30, 120, 480, 1200, 2700, 2700), strict=False):
            assert 0.8 * step <= wait <= 1.2 * step
        assert len(waits) >= 5

    def test_a_final_fault_is_given_up_at_once_with_its_reason(self, db, claimed):
        reminders.arm(db, claimed, now=NOON)
        reminders.mark_failed(db, claimed, now=NOON, reason="smtp_554", is_final=True)
        assert states(db) == [("dead", "smtp_554")]

    def test_an_unknown_outcome_is_held_and_a_late_answer_still_counts(self, db, claimed):
        reminders.arm(db, claimed, now=NOON)
        assert reminders.mark_unknown(db, claimed, reason="no_answer")
        assert states(db) == [("unknown", "no_answer")]
        assert reminders.claim(db, worker="w", now=NOON + timedelta(hours=1)) == []
        assert reminders.mark_sent(db, claimed, now=NOON)
        assert states(db) == [("sent", None)]

    def test_what_waited_past_its_window_ends_with_a_reason(self, db, cast, assignment):
        ask_for(db, cast.patient, "10:30", "15:00")
        reminders.plan_due(db, now=NOW)
        reminders.reap(db, now=NOW + timedelta(minutes=209))
        assert states(db) == [("pending", None)]
        reminders.reap(db, now=NOW + timedelta(minutes=210))
        assert states(db) == [("suppressed", "too_late")]

    def test_what_was_tried_in_vain_until_its_window_ended_is_given_up(self, db, claimed):
        reminders.arm(db, claimed, now=NOON)
        reminders.mark_failed(db, claimed, now=NOON, reason="no_connection", is_final=False)
        reminders.reap(db, now=NOON + timedelta(hours=3))
        assert states(db) == [("dead", "no_connection")]

    def test_a_heartbeat_says_when_a_worker_last_ticked_and_old_ones_go(self, db):
        reminders.beat(db, worker="old", now=NOW - timedelta(days=40))
        reminders.beat(db, worker="w", now=NOW)
        reminders.beat(db, worker="w", now=NOON)
        beats = db.scalars(select(t.ReminderHeartbeat)).all()
        assert [(beat.worker, beat.ticked_at) for beat in beats] == [("w", NOON)]
