"""The review page and one session's record, for each of the cast."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import update

from coach.db import tables as t
from coach.services import pauses, sessions
from coach.services.sessions import IncomingEvent
from tests import reviewed
from tests.domain.cycles import fading, steady
from tests.given import give_practice
from tests.services.test_reviews import EARLY, INJECTED, NOW, months

OUTSIDERS = ("team_outsider", "outsider")
PATIENTS = ("patient", "other_patient", "outside_patient")


@pytest.fixture
def running(database, cast, clock):
    clock.now = NOW
    with database.write() as db:
        return months(db, cast, cast.patient, steady).id


@pytest.fixture
def played(database, cast, running):
    """A session that her patient stopped for pain on the day of the review."""
    log = [
        ("started", 0, {}),
        ("answered", 0, {"scale": "pain", "value": 3, "moment": "before"}),
        ("answered", 0, {"scale": "anxiety", "value": None, "moment": "before"}),
        ("paused", 65_000, {"why": "hidden", "lost_ms": 9_000}),
        ("resumed", 0, {}),
        ("stopped", 5_000, {"reason": "pain"}),
    ]
    return play(database, cast, running, log)


@pytest.fixture
def broken_off(database, cast, running):
    """A session that ended for pain at 8, before anybody was asked how it had been."""
    log = [
        ("started", 0, {}),
        ("answered", 0, {"scale": "pain", "value": 2, "moment": "before"}),
        ("answered", 0, {"scale": "anxiety", "value": 1, "moment": "before"}),
        ("answered", 65_000, {"scale": "pain", "value": 8, "moment": "during"}),
        ("stopped", 5_000, {"reason": "pain"}),
    ]
    return play(database, cast, running, log)


def play(database, cast, assignment_id, log):
    with database.write() as db:
        viewer = cast.patient.viewer
        session = sessions.open_session(db, viewer, assignment_id=assignment_id, session_key="dilate", now=NOW)
        events = [
            IncomingEvent(
                id=uuid.uuid4(),
                seq=seq,
                kind=kind,
                guided_ms=guided,
                mono_ms=seq * 80_000,
                at=NOW + timedelta(seconds=80 * seq),
                body=body,
            )
            for seq, (kind, guided, body) in enumerate(log, start=1)
        ]
        sessions.record(db, viewer, session.id, events, now=NOW)
    return session.id


def page(cast, patient="patient", query=""):
    return f"/patients/{getattr(cast, patient).patient_id}{query}"


def test_her_therapist_sees_practice_beside_the_injection(client_for, cast, running):
    text = client_for(cast.therapist).get(page(cast)).text
    assert "Mara" in text
    assert "100 units" in text
    assert "Day 118" in text
    assert "while practice went on as before" in text
    assert "typically waning" in text


def test_another_course_of_practice_has_another_sentence(client_for, cast, running, database):
    with database.write() as db:
        months(db, cast, cast.other_patient, fading)
    text = client_for(cast.therapist).get(page(cast, "other_patient")).text
    assert "Practice became less first" in text


@pytest.mark.parametrize("who", [*OUTSIDERS, *PATIENTS])
def test_for_everybody_else_there_is_no_such_page(client_for, cast, running, played, who):
    client = client_for(getattr(cast, who))
    assert client.get(page(cast)).status_code == 404
    assert client.get(page(cast, query=f"/sessions/{played}")).status_code == 404


def test_nobody_is_asked_to_sign_in(client_for, cast, running):
    answer = client_for(None).get(page(cast))
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]


def test_a_session_of_one_patient_is_not_under_another(client_for, cast, running, played):
    assert client_for(cast.therapist).get(page(cast, "other_patient", f"/sessions/{played}")).status_code == 404


def test_htmx_gets_the_timeline_alone(client_for, cast, running):
    answer = client_for(cast.therapist).get(page(cast, query="?range=4"), headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<section id="timeline"')
    assert "<html" not in answer.text
    assert re.search(r'range=4"[^>]*aria-current="true"', answer.text)


def test_a_range_that_is_none_is_no_page(client_for, cast, running):
    assert client_for(cast.therapist).get(page(cast, query="?range=1000")).status_code == 404


def test_picture_sentence_and_table_say_the_same(client_for, cast, running):
    text = client_for(cast.therapist).get(page(cast, query="?range=all")).text
    described = re.search(r'<desc id="timeline-desc-wide">(.*?)</desc>', text, re.S)[1]
    days = re.search(r"Practised on (\d+) of (\d+) days", described)
    assert days
    stops = int(re.search(r"(\d+) sessions were stopped", described)[1])
    table = re.search(r'<table id="weeks".*?</table>', text, re.S)[0]
    in_table = len(re.findall("stopped once", table)) + sum(
        int(times) for times in re.findall(r"stopped (\d+) times", table)
    )
    wide = re.search(r'<svg class="timeline-picture timeline-wide".*?</svg>', text, re.S)[0]
    letters = [int(number or 1) for number in re.findall(r">S(\d*)</text>", wide)]
    assert stops == in_table == sum(letters)


def test_the_picture_is_well_formed_named_and_free_of_inline_style(client_for, cast, running):
    text = client_for(cast.therapist).get(page(cast)).text
    pictures = re.findall(r"<svg class=\"timeline-picture.*?</svg>", text, re.S)
    assert len(pictures) == 2
    for picture in pictures:
        root = ElementTree.fromstring(picture)
        assert root.attrib["role"] == "img"
        ids = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
        assert set(root.attrib["aria-labelledby"].split()) <= ids
        assert "typical" in picture
    assert 'style="' not in text
    assert not re.search(r'\son\w+="', text)


def test_a_pause_is_in_the_picture_the_table_and_the_sentence_with_its_reason(client_for, cast, running, database):
    with database.write() as db:
        pauses.begin(
            db, cast.therapist.viewer, cast.patient.patient_id, why="menses", first_on=INJECTED + timedelta(days=98),
            last_on=INJECTED + timedelta(days=101), now=NOW,
        )  # fmt: skip
        pauses.begin(db, cast.patient.viewer, why="illness", first_on=NOW.date(), now=NOW)
    page = client_for(cast.therapist).get(f"/patients/{cast.patient.patient_id}").text
    assert "Paused: Illness." in page
    assert 'class="pause-strip"' in page
    assert "paused: nothing was asked" in page
    assert "paused on 4 days (Period)" in page
    assert "Her plan was paused on 5 days: Period, Illness." in page


def test_a_patient_before_anything_was_given_is_told_what_to_do_next(client_for, cast, clock):
    text = client_for(cast.therapist).get(page(cast)).text
    assert "Nothing to show yet" in text
    assert f"/patients/{cast.patient.patient_id}/assignments/new" in text


def test_an_insertion_day_that_is_not_charted_is_asked_for(client_for, cast, database, clock):
    clock.now = NOW
    with database.write() as db:
        program = reviewed.publish(db, cast.therapist, now=EARLY)
        injection = reviewed.inject(db, cast.therapist, cast.patient, INJECTED, insertion_after=None, now=EARLY)
        reviewed.assign(db, cast.therapist, cast.patient, program, start_on=INJECTED, injection=injection, now=EARLY)
    assert "insertion day is not charted yet" in client_for(cast.therapist).get(page(cast)).text


def test_her_place_can_be_changed_from_the_review(client_for, cast, running):
    client = client_for(cast.therapist)
    text = client.get(page(cast)).text
    form = re.search(r'<form class="form" method="post" action="(/patients/[^"]+/placements)">(.*?)</form>', text, re.S)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[2]))
    answer = client.post(form[1], data={**fields, "rung": "d3", "reason": "sore this week"})
    assert answer.status_code == 303
    assert re.search(r'aria-current="step">\s*19 mm', client.get(page(cast)).text)


def test_a_session_reads_event_by_event_in_her_own_time(client_for, cast, running, played):
    text = client_for(cast.therapist).get(page(cast, query=f"/sessions/{played}")).text
    assert "stopped for pain" in text
    assert "counts 1 of a session" in text
    log = re.search(r'<ol class="session-log">.*?</ol>', text, re.S)[0]
    lines = re.findall(r'<span class="log-clock">([\d:]+)</span>.*?<span class="log-text"[^>]*>(.*?)</span>', log, re.S)
    said = [" ".join(re.sub(r"<[^>]+>", "", line).split()) for _, line in lines]
    assert said == [
        "Began",
        "Pain, before 3",
        "Anxiety, before not answered",
        "Breathing",
        "Paused away for 0:09",
        "Went on",
        "Stopped for pain",
    ]
    assert lines[0][0] == "11:01:20"  # 09:01:20 UTC in Berlin


def test_the_latest_sessions_link_to_their_records(client_for, cast, running, played):
    client = client_for(cast.therapist)
    text = client.get(page(cast)).text
    assert page(cast, query=f"/sessions/{played}") in text
    first = re.search(r'<ul class="lines session-list">\s*<li>\s*<a href="([^"]+)"', text)[1]
    assert client.get(first).status_code == 200


def test_a_stop_for_pain_is_read_with_the_pain_it_was_for(client_for, cast, running, broken_off):
    client = client_for(cast.therapist)
    row = re.search(rf'<li>\s*<a href="[^"]*{broken_off}".*?</li>', client.get(page(cast)).text, re.S)[0]
    assert "pain 2 → 8" in " ".join(re.sub(r"<[^>]+>", " ", row).split())
    record = client.get(page(cast, query=f"/sessions/{broken_off}")).text
    assert re.search(r"<dt>Pain before → strongest</dt><dd><span class=\"figure\">2 → 8</span>", record)


def test_a_number_of_sessions_that_is_not_whole_is_explained(client_for, cast, running, database):
    client = client_for(cast.therapist)
    assert "part sessions counted in part" not in client.get(page(cast)).text
    with database.write() as db:
        db.execute(update(t.Session).values(credit=0.3, outcome="partial"))
    caption = re.search(r'<caption id="weeks-caption">(.*?)</caption>', client.get(page(cast)).text, re.S)[1]
    assert "part sessions counted in part" in caption


def test_a_step_that_asks_for_no_minutes_has_none(client_for, cast, database, clock):
    clock.now = NOW
    with database.write() as db:
        given = give_practice(db, cast, now=NOW)
        session = sessions.open_session(db, cast.patient.viewer, assignment_id=given.id, session_key="dilate", now=NOW)
    text = client_for(cast.therapist).get(page(cast, query=f"/sessions/{session.id}")).text
    row = re.search(r"<tr><th[^>]*>Let it come to you</th><td>(.*?)</td>", text, re.S)
    assert row[1] == "–"
    assert "0 / 0<" not in text


def test_the_page_stays_small(client_for, cast, running):
    import gzip

    body = client_for(cast.therapist).get(page(cast, query="?range=all")).data
    assert len(gzip.compress(body, 6)) <= 30_000
