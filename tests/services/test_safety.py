"""Safety questions on their own page: what stands open, what is kept of an answer, and what a yes leads to."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from coach import resource
from coach.db import tables as t
from coach.language.clinic import read_defaults
from coach.services import access, alerts, assignments, dilators, injections, plans, programs, safety, sessions
from coach.services.access import NotFound
from coach.services.charts import ChartEntry
from coach.services.safety import IncomingAnswer
from tests.cast import NOW
from tests.given import INJECTED, TODAY, give_calm, give_practice, shipped

USUAL = read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_bytes()).safety_checks


@pytest.fixture
def ask(db, cast):
    """The questions that stand open to the patient."""
    return lambda now=NOW: safety.questions(db, cast.patient.viewer, usual=USUAL, now=now)


@pytest.fixture
def answer(db, cast):
    """Sends one answer of the patient's, as her device would."""

    def answer(check_id="spreading", is_yes=True, *, id_=None, at=NOW, now=None, person=None):
        sent = IncomingAnswer(id=id_ or uuid.uuid4(), check_id=check_id, is_yes=is_yes, at=at)
        viewer = (person or cast.patient).viewer
        return safety.record(db, viewer, [sent], usual=USUAL, now=now or at)

    return answer


@pytest.fixture
def open_alerts(db, cast):
    return lambda: alerts.open_of(db, cast.therapist.viewer, cast.patient.patient_id)


@pytest.fixture
def injected(db, cast):
    """An injection, and no program that asks about it."""
    entry = ChartEntry(state="given", on=INJECTED, product="onabotulinumtoxinA (Botox)", units=100)
    return injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW)


def test_every_question_of_her_program_stands_open_also_on_days_without_it(db, cast, ask):
    give_practice(db, cast)
    found = ask().questions
    assert [each.check_id for each in found] == ["spreading", "reaction", "same_day", "since_last_time", "leaking"]
    assert (TODAY - INJECTED).days % 7, "the weekly one is not asked before a session of this day"


def test_each_question_ends_with_its_days(db, cast, ask):
    give_practice(db, cast)
    found = ask(now=NOW + timedelta(weeks=7)).questions
    assert [each.check_id for each in found] == ["since_last_time", "leaking"]


def test_where_no_program_asks_the_clinics_usual_questions_do_for_their_days(db, cast, injected, ask):
    give_calm(db, cast)
    assert [each.check_id for each in ask().questions] == ["spreading", "reaction", "same_day", "leaking"]
    later = ask(now=NOW + timedelta(weeks=6))
    assert [each.check_id for each in later.questions] == ["leaking"]
    assert ask(now=NOW + timedelta(weeks=20)).questions == ()


def test_without_an_injection_nothing_is_asked(db, cast, ask):
    give_calm(db, cast)
    assert ask().questions == ()


def test_a_cancelled_injection_asks_nothing(db, cast, injected, ask):
    entry = ChartEntry(state="cancelled", on=INJECTED)
    injections.correct(
        db, cast.therapist.viewer, injected.injection.id, entry, reason="it did not take place", after=1, now=NOW
    )
    assert ask().questions == ()


def test_the_questions_are_in_her_language(db, cast, injected, ask):
    access.patient(db, cast.patient.viewer, cast.patient.patient_id).language = "es"
    db.flush()
    assert ask().questions[0].ask.startswith("¿Te pasa algo de esto")


def test_a_yes_is_kept_in_the_words_that_she_read_and_raises_an_alert(db, cast, injected, answer, open_alerts):
    assert answer() == ("stored",)
    kept = db.scalars(select(t.SafetyAnswer)).one()
    assert (kept.is_yes, kept.urgency, kept.day_on) == (True, "emergency", TODAY)
    assert kept.asked.startswith("Any of these: trouble swallowing")
    assert kept.told.startswith("Call the emergency number now")
    [alert] = open_alerts()
    assert (alert.kind, alert.urgency) == ("warning_sign", "emergency")
    assert alert.body["check"]["ask"] == kept.asked


def test_a_no_is_kept_quietly(db, cast, injected, answer, open_alerts, ask):
    assert answer(is_yes=False) == ("stored",)
    assert open_alerts() == ()
    assert not ask().is_warned
    assert ask().answered_at == NOW
    [kept] = safety.answers_of(db, cast.therapist.viewer, cast.patient.patient_id)
    assert not kept.is_yes


def test_the_same_answer_sent_twenty_times_is_one_answer_and_one_alert(db, injected, answer, open_alerts):
    same = uuid.uuid4()
    assert [answer(id_=same)[0] for _ in range(20)] == ["stored", *["duplicate"] * 19]
    assert len(open_alerts()) == 1


def test_the_same_yes_told_again_that_day_is_one_alert_until_somebody_has_seen_it(
    db, cast, injected, answer, open_alerts
):
    answer()
    answer(at=NOW + timedelta(hours=1))
    [alert] = open_alerts()
    alerts.see(db, cast.therapist.viewer, cast.patient.patient_id, alert.id, now=NOW + timedelta(hours=2))
    answer(at=NOW + timedelta(hours=3))
    assert len(open_alerts()) == 1
    assert len(alerts.all_of(db, cast.therapist.viewer, cast.patient.patient_id)) == 2


def test_an_answer_that_comes_up_two_days_late_counts_for_the_day_on_which_she_gave_it_and_warns_on_the_one_it_came(
    db, injected, answer, open_alerts, ask
):
    came = NOW + timedelta(days=2)
    answer(at=NOW, now=came)
    assert db.scalars(select(t.SafetyAnswer.day_on)).one() == TODAY
    assert len(open_alerts()) == 1
    assert ask(now=came).is_warned
    assert not ask(now=came + timedelta(days=1)).is_warned
    answer(is_yes=False, at=came, now=came)
    assert not ask(now=came).is_warned, "she may take it back"


def test_after_a_yes_from_a_device_whose_clock_is_a_day_behind_nothing_more_is_asked_of_the_day(db, cast, answer):
    give_practice(db, cast)
    answer(at=NOW - timedelta(days=1), now=NOW)
    patient = access.patient(db, cast.patient.viewer, cast.patient.patient_id)
    assert plans.today(db, cast.patient.viewer, now=NOW).is_warned
    assert not plans.plan_today(db, patient, now=NOW).anything_left, "no reminder either"


def test_a_no_that_becomes_a_yes_under_its_id_is_heard_and_so_is_the_no_after_it(
    db, cast, injected, answer, open_alerts
):
    one = uuid.uuid4()
    assert answer(is_yes=False, id_=one) == ("stored",)
    for _ in range(2):
        found = answer(id_=one, at=NOW + timedelta(minutes=1))
    assert found == ("duplicate",)
    assert len(open_alerts()) == 1
    assert plans.today(db, cast.patient.viewer, now=NOW).is_warned
    assert answer(is_yes=False, id_=one, at=NOW + timedelta(minutes=2)) == ("stored",)
    assert not plans.today(db, cast.patient.viewer, now=NOW).is_warned
    assert [each.is_yes for each in safety.answers_of(db, cast.therapist.viewer, cast.patient.patient_id)] == [
        False, True, False,
    ]  # fmt: skip


def test_an_answer_to_another_question_under_a_known_id_is_heard(db, injected, answer, open_alerts):
    one = uuid.uuid4()
    answer("spreading", is_yes=True, id_=one)
    assert answer("same_day", is_yes=True, id_=one) == ("stored",)
    assert {alert.body["check"]["id"] for alert in open_alerts()} == {"spreading", "same_day"}


def test_an_id_that_another_patient_has_used_keeps_no_yes_out(db, cast, injected, answer, open_alerts):
    one = uuid.uuid4()
    answer(id_=one, person=cast.other_patient)
    assert [answer(id_=one) for _ in range(2)] == [("stored",), ("duplicate",)]
    assert len(open_alerts()) == 1


def test_questions_that_nobody_knows_are_one_alert_of_the_day_and_leave_nothing_legible(db, cast, answer, open_alerts):
    for number in range(30):
        answer(f"what happened to me {number}", at=NOW - timedelta(days=number), now=NOW)
    [alert] = open_alerts()
    assert "happened" not in str(alert.body)
    assert not [each for each in db.scalars(select(t.SafetyAnswer.check_id)) if "happened" in each]
    assert not [each for each in db.scalars(select(t.Alert.key)) if "happened" in each]
    alerts.see(db, cast.therapist.viewer, cast.patient.patient_id, alert.id, now=NOW)
    for number in range(30):
        answer(f"and then {number}", now=NOW)
    assert len(open_alerts()) == 1


def test_a_no_to_one_question_that_nobody_knows_takes_no_yes_to_another_back(db, cast, answer):
    give_practice(db, cast)
    answer("one")
    answer("another", is_yes=False, at=NOW + timedelta(minutes=1))
    assert plans.today(db, cast.patient.viewer, now=NOW + timedelta(minutes=2)).is_warned


def test_a_question_of_a_revision_that_she_has_moved_from_is_known_by_what_her_device_calls_it(
    db, cast, answer, open_alerts, ask
):
    give_practice(db, cast)
    [leaking] = [each for each in ask().questions if each.check_id == "leaking"]
    revision = db.scalars(select(t.Revision)).one()
    other = t.Revision(
        clinic_id=revision.clinic_id, team_id=revision.team_id, program_id=revision.program_id, number=2,
        sha256="0" * 64, text=revision.text.split("\nsafety_checks:")[0] + "\n", imports=revision.imports,
        published_at=NOW, published_by_id=revision.published_by_id,
    )  # fmt: skip
    db.add(other)
    db.flush()
    assignment = db.scalars(select(t.Assignment)).one()
    before = {"revision_id": str(revision.id)}
    db.add(
        t.AssignmentChange(
            clinic_id=assignment.clinic_id, team_id=assignment.team_id, assignment_id=assignment.id, number=1,
            kind="moved", before=before, after={"revision_id": str(other.id)}, reason="Another one",
            changed_by_id=cast.therapist.account_id, changed_at=NOW,
        )
    )  # fmt: skip
    assignment.revision_id = other.id
    db.flush()
    answer(leaking.token)
    [alert] = open_alerts()
    assert (alert.urgency, alert.body["check"]["ask"]) == ("routine", leaking.ask)


@pytest.mark.parametrize("wrong", [datetime(1970, 1, 1, tzinfo=NOW.tzinfo), datetime(2099, 1, 1, tzinfo=NOW.tzinfo)])
def test_a_wrong_clock_keeps_no_answer_out(db, injected, answer, open_alerts, wrong):
    answer(at=wrong, now=NOW)
    assert db.scalars(select(t.SafetyAnswer.day_on)).one() in (TODAY, date(2026, 3, 2))
    assert len(open_alerts()) == 1


def test_a_question_that_is_no_longer_in_her_program_is_kept_as_the_most_urgent(db, cast, answer, open_alerts):
    assert answer("long_gone") == ("stored",)
    [alert] = open_alerts()
    assert alert.urgency == "emergency"


def test_leaking_alone_is_written_down_and_no_emergency(db, injected, answer, open_alerts, ask):
    answer("leaking")
    [alert] = open_alerts()
    assert alert.urgency == "routine"
    assert not ask().is_warned


def test_after_a_warning_sign_told_here_the_day_asks_for_nothing_more(db, cast, answer, ask):
    give_practice(db, cast)
    patient = access.patient(db, cast.patient.viewer, cast.patient.patient_id)
    assert plans.plan_today(db, patient, now=NOW).anything_left
    answer()
    today = plans.today(db, cast.patient.viewer, now=NOW)
    assert today.is_warned
    assert not today.anything_left
    assert today.warning[0].startswith("Call the emergency number now")
    assert not plans.plan_today(db, patient, now=NOW).anything_left, "no reminder either"
    assert plans.today(db, cast.patient.viewer, now=NOW + timedelta(days=1)).anything_left


def test_a_yes_that_she_takes_back_gives_her_the_day_back_and_the_alert_stays(db, cast, answer, open_alerts):
    give_practice(db, cast)
    answer()
    answer(is_yes=False, at=NOW + timedelta(minutes=1))
    assert plans.today(db, cast.patient.viewer, now=NOW + timedelta(minutes=2)).anything_left
    assert len(open_alerts()) == 1


def test_of_two_answers_from_a_device_whose_clock_is_ahead_the_later_one_holds(db, cast, answer):
    give_practice(db, cast)
    ahead = NOW + timedelta(hours=5)
    for minutes, is_yes in ((0, True), (1, False), (2, True), (3, False)):
        answer(is_yes=is_yes, at=ahead + timedelta(minutes=minutes), now=NOW)
    assert not plans.today(db, cast.patient.viewer, now=NOW).is_warned


def test_an_answer_that_was_given_before_the_one_that_holds_changes_nothing(db, cast, answer):
    give_practice(db, cast)
    answer(at=NOW + timedelta(minutes=1))
    answer(is_yes=False, at=NOW, now=NOW + timedelta(minutes=2))
    assert plans.today(db, cast.patient.viewer, now=NOW + timedelta(minutes=2)).is_warned


def test_only_she_answers_and_only_her_therapist_reads(db, cast, injected, answer):
    answer()
    for somebody in (cast.therapist, cast.outsider):
        with pytest.raises(NotFound):
            safety.questions(db, somebody.viewer, usual=USUAL, now=NOW)
        with pytest.raises(NotFound):
            answer(person=somebody)
    for somebody in (cast.patient, cast.other_patient, cast.team_outsider, cast.outsider):
        with pytest.raises(NotFound):
            safety.answers_of(db, somebody.viewer, cast.patient.patient_id)


def test_more_answers_than_any_page_holds_are_not_read(db, cast):
    sent = [IncomingAnswer(id=uuid.uuid4(), check_id="x", is_yes=False, at=NOW) for _ in range(safety.MOST_ANSWERS + 1)]
    with pytest.raises(ValueError, match="at most"):
        safety.record(db, cast.patient.viewer, sent, usual=USUAL, now=NOW)


def test_no_answer_is_legible_in_the_database(db, injected, answer):
    answer()
    row = db.execute(text("SELECT asked, told FROM safety_answer")).one()
    assert "swallowing" not in row.asked
    assert "emergency" not in row.told


def test_before_a_session_she_is_asked_after_an_injection_though_no_program_of_hers_asks(db, cast, injected):
    calm = give_calm(db, cast)
    session = sessions.open_session(db, cast.patient.viewer, assignment_id=calm.id, session_key="calm", now=NOW)
    asked = [each["urgency"] for each in sessions.script_of(db, cast.patient.viewer, session.id)["safety"]]
    assert asked == ["emergency", "emergency", "same_day"], "what can wait is on the check page"


def test_before_a_session_without_an_injection_nothing_is_asked(db, cast):
    calm = give_calm(db, cast)
    session = sessions.open_session(db, cast.patient.viewer, assignment_id=calm.id, session_key="calm", now=NOW)
    assert sessions.script_of(db, cast.patient.viewer, session.id)["safety"] == []


def test_with_dilators_and_without_an_injection_the_check_page_asks_for_what_needs_a_call_today(db, cast, ask):
    assert ask().questions == ()
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[13, 16, 19, 22], now=NOW)
    done = programs.import_text(
        db, cast.therapist.viewer, key="dilation-without-toxin", text=shipped("dilation-without-toxin"),
        imports_reader=shipped, now=NOW,
    )  # fmt: skip
    assignments.assign(
        db, cast.therapist.viewer, cast.patient.patient_id, program_id=done.program.id, start_on=TODAY,
        placements={"dilator": "d1"}, now=NOW,
    )  # fmt: skip
    assert [(each.check_id, each.urgency) for each in ask().questions] == [("sore", "same_day")]
