"""A text that is checked and becomes a revision; problems at their lines; bad uploads that change nothing."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select, update

from coach.db import tables as t
from coach.services import programs
from coach.web.therapist import programs as web_programs
from tests.given import shipped
from tests.services.test_assignments import CALM, SIZES
from tests.services.test_programs import MANY
from tests.web.digest import digest

BROKEN = CALM.replace("reps: $breaths", "repps: $breaths").replace("title: Rest,", "titel: Rest,")


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


def unchanged(database):
    return digest(database, but=("sign_in",))


def upload(data: bytes, name: str = "calm.yaml", **fields):
    return {"file": (io.BytesIO(data), name), **fields}


def box_in(page) -> str:
    found = re.search(r'<textarea class="code"[^>]*>\n?(.*?)</textarea>', page.text, re.DOTALL)
    assert found
    return found[1]


def imported(database, cast, clock, text=CALM, key="calm"):
    with database.write() as db:
        return programs.import_text(
            db, cast.therapist.viewer, key=key, text=text, imports_reader=lambda _: None, now=clock()
        ).program.id


def test_a_sound_text_becomes_a_program_to_read(therapist, database):
    answer = therapist.post("/programs", data={"text": CALM})
    assert answer.status_code == 303
    page = therapist.get(answer.headers["Location"]).text
    for words in ("Calm", "Always", "once a day", "example, not reviewed".capitalize(), "Revision 1", "about 6 min"):
        assert words in page
    assert "Calm" in therapist.get("/programs").text


@pytest.mark.parametrize("form", [{"text": str(shipped("down-training"))}, {"shipped": "down-training"}])
def test_while_a_text_is_checked_everybody_else_can_write(therapist, database, monkeypatch, form):
    read, written = web_programs._shipped_text, []

    def writing_meanwhile(name):
        if "/" in name:  # what a text imports is read while it is checked
            with database.write() as db:
                db.execute(update(t.Clinic).values(contact=f"after {name}"))
                written.append(name)
        return read(name)

    monkeypatch.setattr(web_programs, "_shipped_text", writing_meanwhile)
    assert therapist.post("/programs", data=form).status_code == 303
    assert written


def test_a_text_whose_sessions_cannot_all_be_walked_is_shown_again_with_the_reason_and_not_kept(therapist, database):
    before = unchanged(database)
    answer = therapist.post("/programs", data={"text": MANY})
    assert answer.status_code == 422
    assert "This was not kept: one of its sessions could go a way that no session may go." in answer.text
    assert "more than 1000 different sessions" in answer.text
    assert "title: Calm" in box_in(answer)
    assert unchanged(database) == before


DOSES = """
title: Doses
language: en
parameters:
  still: {type: duration, default: 10min}
  circles: {type: count, default: 0, min: 0, max: 12}
exercises:
  lean: {kind: stretching, title: Lean, hold: 30s, reps: 3, rest: 30s, sides: both}
  press: {kind: strengthening, title: Press, contract: 5s, relax: 10s, reps: 8, sets: 2}
  breath: {kind: relaxation, title: Breath, breathe: {in: 4s, out: 6s}, reps: 10}
  lie: {kind: relaxation, title: Lie, for: $still}
  turn: {kind: stretching, title: Turn, hold: 10s, reps: $circles}
  wait: {kind: preparation, title: Wait, until: tap, at_most: 5min}
sessions:
  all: {title: All, steps: [lean, press, breath, lie, turn, wait]}
phases:
  - {id: always, title: Always, from: start, do: {all: 1 per day}}
"""


def test_a_step_is_read_with_its_dose(therapist):
    answer = therapist.post("/programs", data={"text": DOSES, "key": "doses"})
    assert answer.status_code == 303, re.findall(r'class="problem[^>]*>(.*?)</', answer.text, re.S)
    listed = re.search(r'<ul class="step-doses">(.*?)</ul>', therapist.get(answer.headers["Location"]).text, re.S)[1]
    assert [" ".join(re.sub(r"<[^>]+>", "", each).split()) for each in re.findall(r"<li>(.*?)</li>", listed, re.S)] == [
        "Lean 30 s × 3, rest 30 s, each side",
        "Press 5 s tight, 10 s loose × 8, 2 sets",
        "Breath 10 breaths: 4 s in, 6 s out",
        "Lie 10 min",
        "Turn",
        "Wait until she goes on, 5 min at most",
    ]


def test_an_uploaded_file_is_imported_under_its_name(therapist, database):
    answer = therapist.post("/programs", data=upload(CALM.encode(), "My calm days (2).yaml"))
    assert answer.status_code == 303
    with database.read() as db:
        assert db.scalars(select(t.Program.key)).all() == ["my-calm-days-2"]


def test_problems_stand_at_their_lines_with_caret_reason_and_mend(therapist, database):
    before = unchanged(database)
    page = therapist.post("/programs", data={"text": BROKEN})
    assert page.status_code == 422
    number = 1 + BROKEN.splitlines().index(next(line for line in BROKEN.splitlines() if "repps" in line))
    column = BROKEN.splitlines()[number - 1].index("repps") + 1
    at = page.text.index(f'id="line-{number}"')
    problem = page.text[at : at + 1500]
    assert f"line {number}, column {column}" in problem
    assert re.search(r'<pre class="caret" aria-hidden="true">' + " " * (column - 1) + r"\^</pre>", problem)
    assert "Did you mean `reps`?" in problem
    assert "A key that is not known would have no effect" in problem
    assert "Did you mean `title`?" in page.text
    assert unchanged(database) == before


def test_her_text_is_kept_as_it_was_for_mending(therapist):
    page = therapist.post("/programs", data={"text": BROKEN, "key": "my-calm"})
    assert box_in(page) == BROKEN
    assert 'name="key" value="my-calm"' in page.text


def test_a_mended_text_is_taken(therapist):
    page = therapist.post("/programs", data={"text": BROKEN})
    mended = box_in(page).replace("repps", "reps").replace("titel", "title")
    assert therapist.post("/programs", data={"text": mended}).status_code == 303


def test_checking_alone_says_so_and_keeps_nothing(therapist, database):
    before = unchanged(database)
    page = therapist.post("/programs", data={"text": CALM, "check": "1"})
    assert page.status_code == 200
    assert "No errors" in page.text
    assert box_in(page) == CALM
    assert therapist.post("/programs", data={"text": BROKEN, "check": "1"}).status_code == 422
    assert unchanged(database) == before


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Paste a text or choose a file first."),
        ({"text": ""}, "Paste a text or choose a file first."),
        (upload(b""), "Paste a text or choose a file first."),
        (upload(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 50, "picture.png"), "This file is not text."),
        (upload(b"title: Soltar y respirar en espa\xf1ol\n"), "letter by letter"),
        (upload(b"title: x\n" * 40_000), "larger than a program may be (256 KiB)"),
        ({"text": "title: x\n" * 40_000}, "larger than a program may be (256 KiB)"),
        (upload(b"%PDF-1.7 \x00\x01", "sheet.pdf"), "This file is not text."),
        (upload(CALM.encode("utf-16")), "This file is not text."),
        ({"text": "just some words"}, "thing to mend"),
        ({"text": "[1, 2"}, "things to mend"),
        ({"text": "&a [*a, *a]"}, "to mend"),
        ({"text": "{" * 200}, "to mend"),
        ({"text": CALM, "key": "../../etc"}, "Write small letters, digits and single hyphens"),
        ({"text": CALM, "key": "x" * 80}, "Write small letters, digits and single hyphens"),
    ],
)
def test_what_is_no_program_is_refused_in_words_and_changes_nothing(therapist, database, data, sentence):
    before = unchanged(database)
    page = therapist.post("/programs", data=data)
    assert page.status_code == 422
    assert sentence in page.text or sentence.replace("things", "thing") in page.text
    assert unchanged(database) == before


def test_more_than_a_request_may_hold_is_refused(therapist, database):
    before = unchanged(database)
    body = b"--b\r\nContent-Disposition: form-data; name=text\r\n\r\n" + b"x" * 3_000_000 + b"\r\n--b--\r\n"
    answer = therapist.post("/programs", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert unchanged(database) == before


def test_the_text_in_the_box_outlives_a_bad_file(therapist):
    page = therapist.post("/programs", data=upload(b"\x00\x01", "x.bin", text="title: mine", key="mine"))
    assert page.status_code == 422
    assert box_in(page) == "title: mine"


def test_a_program_of_the_shipped_ones_is_imported_with_one_button(therapist, database):
    page = therapist.get("/programs/new").text
    assert "Practice after the injection" in page
    assert 'name="shipped" value="after-injection-dilation"' in page
    answer = therapist.post("/programs", data={"shipped": "after-injection-dilation"})
    assert answer.status_code == 303
    read = therapist.get(answer.headers["Location"]).text
    assert "8 to 28 days after the injection" in read
    assert 'name="shipped" value="after-injection-dilation"' not in therapist.get("/programs/new").text
    with database.read() as db:
        assert db.scalars(select(t.Revision.text)).one() == shipped("after-injection-dilation")


@pytest.mark.parametrize("name", ["nothing-like-it", "../pyproject", "library/relaxation", ""])
def test_what_is_not_shipped_cannot_be_asked_for(therapist, database, name):
    before = unchanged(database)
    assert therapist.post("/programs", data={"shipped": name}).status_code == 404
    assert unchanged(database) == before


def test_a_changed_text_is_a_further_revision_and_the_first_stays_readable(therapist, cast, database, clock):
    program_id = imported(database, cast, clock)
    therapist.post("/programs", data={"text": CALM.replace("cue: Rest.", "cue: Rest well."), "key": "calm"})
    page = therapist.get(f"/programs/{program_id}").text
    assert "Revision 2" in page
    assert "Rest well." in page
    first = therapist.get(f"/programs/{program_id}/revisions/1").text
    assert "Rest well." not in first
    assert "The newest is revision 2." in first
    assert therapist.get(f"/programs/{program_id}/revisions/3").status_code == 404


def test_phases_and_frequencies_read_as_a_colleague_would_say_them(therapist, cast, database, clock):
    page = therapist.get(f"/programs/{imported(database, cast, clock, SIZES, 'sizes')}").text
    assert "Day 1 to 1 day before the injection" in page
    assert "The earliest insertion day, and on from there" in page


def test_what_an_author_wrote_is_shown_as_text(therapist):
    text = CALM.replace("title: Calm\nlanguage", "title: \"<img src=x hx-get='/patients'>\"\nlanguage")
    answer = therapist.post("/programs", data={"text": text, "key": "calm"})
    if answer.status_code == 303:
        page = therapist.get(answer.headers["Location"]).text
    else:
        page = answer.text
    assert "<img src=x" not in page


def test_the_clinics_therapists_share_programs_and_nobody_else_sees_them(client_for, cast, database, clock):
    path = f"/programs/{imported(database, cast, clock)}"
    answers = {
        who: client_for(getattr(cast, who)).get(path).status_code
        for who in ("therapist", "team_outsider", "outsider", "patient")
    }
    assert answers == {"therapist": 200, "team_outsider": 200, "outsider": 404, "patient": 404}
    assert client_for(None).get(path).status_code == 303
    assert "No programs yet" in client_for(cast.outsider).get("/programs").text
    assert client_for(cast.patient).post("/programs", data={"text": CALM}).status_code == 404
