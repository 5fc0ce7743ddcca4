"""Today: what is due, said kindly, small, and the same for the therapist who looks."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from coach.db import tables as t
from coach.services import alerts, assignments, injections, plans, programs, sessions
from coach.web.addresses import code_of
from tests.cast import NOW
from tests.given import give_practice, named
from tests.statements import statements
from tests.wording import reproachful, telling

PROGRAM = """\
title: Quiet weeks
language: en
reviewed: {by: null, date: null}
equipment: [two pillows]
exercises:
  breathing:
    kind: relaxation
    title: Breathing
    cue: Let it come and go.
    breathe: {in: 4s, out: 6s}
    for: 5min
sessions:
  calm:
    title: Calm
    steps: [breathing]
    variants:
      short: {title: Short, scale: 50%, counts: 50%}
  slow:
    title: Slow
    steps: [breathing]
phases:
  - id: first
    title: Settling in
    from: start
    to: start + 6d
    do:
      calm: 2 per day
      slow: 3 per week
  - id: second
    title: On your own
    from: start + 9d
    do:
      calm: every 2 days
"""
TIED = PROGRAM.replace("from: start", "from: injection").replace("to: start", "to: injection")


@pytest.fixture
def assign(database, cast):
    """Gives the cast's patient a program from a day on; days are counted from NOW's."""

    def assign(text: str = PROGRAM, *, starts_in: int = 0, injected_in: int | None = None) -> UUID:
        viewer, patient_id = cast.therapist.viewer, cast.patient.patient_id
        with database.write() as db:
            imported = programs.import_text(
                db, viewer, key="quiet-weeks", text=text, imports_reader=lambda _: None, now=NOW
            )
            assert imported.program is not None, imported.problems
            injection_id = None
            if injected_in is not None:
                on = (NOW + timedelta(days=injected_in)).date()
                state = "given" if injected_in <= 0 else "planned"
                entry = injections.ChartEntry(state=state, on=on, product="onabotulinumtoxinA (Botox)", units=100)
                injections.chart(db, viewer, patient_id, entry, now=NOW)
                injection_id = injections.timeline_of(db, viewer, patient_id)[0].id
            return assignments.assign(
                db,
                viewer,
                patient_id,
                program_id=imported.program.id,
                start_on=(NOW + timedelta(days=starts_in)).date(),
                injection_id=injection_id,
                now=NOW,
            ).id

    return assign


@pytest.fixture
def practise(database, cast):
    """A sitting of the cast's patient that ended so many days from NOW's."""

    def practise(assignment_id: UUID, key: str = "calm", *, days: int = 0, outcome: str = "complete") -> UUID:
        owner = {"clinic_id": cast.patient.clinic_id, "team_id": cast.patient.team_id}
        at = NOW + timedelta(days=days)
        with database.write() as db:
            script = t.Script(**owner, sha256=f"{at}{key}{outcome}", body="{}")
            db.add(script)
            db.flush()
            session = t.Session(
                **owner,
                patient_id=cast.patient.patient_id,
                assignment_id=assignment_id,
                session_key=key,
                script_id=script.id,
                day_on=at.date(),
                opened_at=at,
                outcome=outcome,
                credit=0.0 if outcome == "open" else 1.0,
            )
            db.add(session)
            db.flush()
            return session.id

    return practise


@pytest.fixture
def today(client_for, cast):
    def today() -> str:
        answer = client_for(cast.patient).get("/today")
        assert answer.status_code == 200
        return words(answer.text)

    return today


def words(page: str) -> str:
    """What can be read on a page, each piece on a line of its own."""
    main = page[page.index("<main") : page.index("</main>")]
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"<[^>]+>", "\n", main))


def test_without_a_program_it_says_that_one_is_being_made(today):
    assert "Your therapist is putting your plan together." in today()


def test_a_plan_that_has_not_begun_says_when_it_does(assign, today):
    assign(starts_in=3)

    assert "It begins on Thursday, March 5." in today()


def test_a_session_is_a_card_with_its_length_and_a_way_in(assign, client_for, cast, today):
    assignment_id = assign()

    assert "Calm\nTwice today.\nAbout 5 minutes\nOpen" in today()
    code = code_of("calm")
    assert f'href="/assignments/{assignment_id}/sessions/{code}"' in client_for(cast.patient).get("/today").text


def test_the_address_of_a_session_does_not_say_what_its_author_called_it(client_for, cast, database):
    with database.write() as db:
        give_practice(db, cast)
    page = client_for(cast.patient).get("/today").text
    addresses = re.findall(r'(?:href|action)="([^"]+)"', page)
    assert any(address.startswith("/assignments/") for address in addresses)
    assert not any("dilate" in address for address in addresses)


def test_days_of_a_weekly_session_are_hers_to_choose(assign, today):
    assign()

    assert "Slow\nToday or another day this week, as it suits you." in today()


def test_what_is_done_and_what_is_left_is_said_in_words(assign, practise, today):
    assignment_id = assign()
    practise(assignment_id)

    assert "Calm\nDone once today. Once more is planned." in today()


def test_a_session_that_was_stopped_is_not_asked_for_again(assign, practise, today):
    assignment_id = assign()
    practise(assignment_id, outcome="complete")
    practise(assignment_id, outcome="stopped")

    assert "Done\nCalm\nDone for today." in today()


def test_after_the_last_session_the_day_is_hers(assign, practise, today):
    assignment_id = assign()
    practise(assignment_id)
    practise(assignment_id, outcome="partial")
    practise(assignment_id, "slow")

    assert "That is all for today" in today()


@pytest.fixture
def warned(database, cast):
    """The cast's patient told of a warning sign before her practice."""
    mara = cast.patient.viewer
    told = {"moment": "safety", "scale": "", "check": named("spreading"), "value": 1}
    with database.write() as db:
        assignment = give_practice(db, cast)
        session = sessions.open_session(db, mara, assignment_id=assignment.id, session_key="dilate", now=NOW)
        events = [
            sessions.IncomingEvent(id=uuid4(), seq=seq, kind=kind, guided_ms=0, mono_ms=seq, at=NOW, body=body)
            for seq, (kind, body) in enumerate([("started", {}), ("answered", told)], 1)
        ]
        sessions.record(db, mara, session.id, events, now=NOW)


def test_after_a_warning_sign_the_day_shows_the_clinics_words_and_invites_to_nothing_more(
    warned, client_for, cast, today
):
    page, shown = client_for(cast.patient).get("/today").text, today()

    assert shown.index("Call the emergency number now.") < shown.index("Example clinic: Call 000")
    assert shown.index("Example clinic: Call 000") < shown.index("practised"), "before anything else of the day"
    assert "Nothing more is asked of you today." in shown
    for invitation in ("Open\n", "Once more", "Once today", "Continue", "if you like", "is yours", "is planned"):
        assert invitation not in shown
    assert "Practice" in shown
    assert f"/sessions/{code_of('hips')}" in page, "what was planned can still be found"
    assert f"/sessions/{code_of('dilate')}" not in page, "but not what inserts something"


def test_the_therapist_sees_what_a_warning_sign_made_of_the_day(warned, client_for, cast):
    page = client_for(cast.therapist).get(f"/patients/{cast.patient.patient_id}/today").text

    assert "Call the emergency number now." in page
    assert f"/sessions/{code_of('dilate')}" not in page


def test_the_words_of_a_warning_sign_cost_one_statement_more(warned, database, cast):
    with database.read() as db, statements(database.engine) as sent:
        shown = plans.today(db, cast.patient.viewer, now=NOW)

    assert shown.warning
    assert not shown.anything_left, "no reminder either"
    assert len(sent) <= 8


def test_after_a_warning_sign_nothing_is_inserted_until_her_clinic_has_looked(
    warned, clock, today, database, cast, client_for
):
    clock.advance(days=1)
    assert "Call the emergency number" not in today()
    assert "after your clinic has looked at what you told." in today()
    assert f"/sessions/{code_of('dilate')}" not in client_for(cast.patient).get("/today").text

    clock.advance(days=1)
    mara, therapist = cast.patient.patient_id, cast.therapist.viewer
    with database.write() as db:
        for alert in alerts.open_of(db, therapist, mara):
            alerts.see(db, therapist, mara, alert.id, now=clock())
    assert "after your clinic has looked" not in today()
    assert f"/sessions/{code_of('dilate')}" in client_for(cast.patient).get("/today").text


def test_a_day_without_sessions_is_a_free_day(assign, clock, today):
    assign()
    clock.advance(days=10)

    assert "A free day\nNothing is planned today. Resting is part of it." in today()


def test_a_session_that_was_begun_can_be_gone_on_with(assign, practise, client_for, cast, today):
    session_id = practise(assign(), outcome="open")

    assert "Where you left off\nCalm\nContinue" in today()
    assert f'href="/sessions/{session_id}"' in client_for(cast.patient).get("/today").text


def test_after_a_gap_she_is_welcomed_and_nothing_is_counted(assign, practise, clock, today):
    practise(assign())
    clock.advance(days=11)

    page = today()

    assert "Welcome back" in page
    assert not re.search(r"\b1[01]\b", page.replace("March 13", "").replace("day 12", ""))
    assert not reproachful(page)


def test_a_day_between_two_sessions_is_no_gap(assign, practise, clock, today):
    practise(assign())
    clock.advance(days=2)

    assert "Welcome back" not in today()


def test_the_week_shows_days_with_practice_and_says_nothing_of_the_others(assign, practise, clock, today):
    practise(assign())
    clock.advance(days=2)

    page = today()

    assert "Monday: practised" in re.sub(r"\s+", " ", page).replace(" :", ":")
    assert page.count("practised") == 1


@pytest.mark.parametrize(
    ("injected_in", "sentence"),
    [
        (-12, "It is day 12 after your injection."),
        (-1, "It is the day after your injection."),
        (0, "Today is the day of your injection."),
    ],
)
def test_the_reason_of_a_session_counts_from_the_injection(assign, today, injected_in, sentence):
    assign(TIED.replace("+ 6d", "+ 30d").replace("+ 9d", "+ 60d"), injected_in=injected_in)

    assert sentence in today()


def test_an_example_program_says_that_nobody_reviewed_it(assign, today):
    assign()

    assert "This is an example program. No clinician has reviewed it yet." in today()


def test_a_reviewed_program_says_nothing_of_the_kind(assign, today):
    assign(PROGRAM.replace("{by: null, date: null}", "{by: Dr. A. Example, date: 2026-01-10}"))

    assert "example program" not in today()


def test_it_says_whom_to_turn_to(assign, today):
    assign()

    assert "Example clinic\nCall 000" in today()


def test_htmx_gets_the_plan_alone(assign, client_for, cast):
    assign()

    fragment = client_for(cast.patient).get("/today", headers={"HX-Request": "true"}).text

    assert fragment.strip().startswith('<div id="plan"')
    assert "<html" not in fragment


def test_the_therapist_sees_the_same_plan_and_opens_nothing(assign, client_for, cast, today):
    assignment_id = assign()

    page = client_for(cast.therapist).get(f"/patients/{cast.patient.patient_id}/today").text
    seen = words(page)

    for piece in ("Calm", "Twice today.", "About 5 minutes", "Slow"):
        assert piece in seen
    assert str(assignment_id) not in page
    assert "Open" not in seen.split("\n")


@pytest.mark.parametrize("who", ["patient", "other_patient", "team_outsider", "outsider", "outside_patient"])
def test_her_today_does_not_exist_for_those_who_do_not_treat_her(client_for, cast, who):
    answer = client_for(getattr(cast, who)).get(f"/patients/{cast.patient.patient_id}/today")

    assert answer.status_code == 404


def test_what_a_program_calls_its_sessions_is_shown_as_text(assign, client_for, cast):
    assign(PROGRAM.replace("title: Calm", 'title: "<b hx-get=/today>Calm</b>"'))

    page = client_for(cast.patient).get("/today").text

    assert "&lt;b hx-get=/today&gt;Calm&lt;/b&gt;" in page
    assert "<b hx-get" not in page


def test_title_and_chrome_of_the_page_are_neutral(assign, client_for, cast):
    assign(TIED.replace("+ 6d", "+ 30d").replace("+ 9d", "+ 60d"), injected_in=-3)

    page = client_for(cast.patient).get("/today").text
    outside = page[: page.index("<main")] + page[page.index("</main>") :]

    assert not telling(outside)


def test_the_page_is_small(assign, client_for, cast):
    assign()

    page = client_for(cast.patient).get("/today").data

    assert len(gzip.compress(page, 6)) <= 6 * 1024


def test_she_chooses_the_other_language_and_stays_where_she_was(client_for, cast):
    client = client_for(cast.patient)

    answer = client.post("/settings/language", data={"language": "es", "next": "/settings/reminders"})

    assert (answer.status_code, answer.location) == (303, "/settings/reminders")
    assert '<html lang="es">' in client.get("/today").text


@pytest.mark.parametrize("language", ["", "xx", "EN"])
def test_a_language_that_is_not_spoken_changes_nothing(client_for, cast, language):
    client = client_for(cast.patient)

    assert client.post("/settings/language", data={"language": language}).status_code == 422
    assert '<html lang="en">' in client.get("/today").text
