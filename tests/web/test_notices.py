"""What changed, in words: on her Today until she has read it, and for her therapist to see that she did."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import get_args

import pytest
from flask_babel import force_locale

from coach.domain.program import Text
from coach.services import access, notices
from coach.services.notices import Kind, Notice
from coach.web.notice_words import in_words
from tests.cast import NOW
from tests.web.digest import digest
from tests.wording import reproachful

TODAY = NOW.date()
HTMX = {"HX-Request": "true"}
TITLE = Text("Calm", {"en": "Calm", "es": "Calma"})
# Everything that the body of any kind may say.
BODY = {
    "program": TITLE, "title": TITLE, "phase": TITLE, "next": TITLE, "size_mm": 22, "gentle": True, "why": "illness",
    "starts_on": "2026-03-02", "ends_on": "2026-03-20", "last_on": "2026-03-05", "first_on": "2026-03-02",
    "from_on": "2026-03-03", "on": "2026-04-01", "before": "2026-03-20", "reason": "We spoke of it.",
}  # fmt: skip


@pytest.fixture
def tell(database, cast):
    def tell(kind: Kind = "rung_held", body=None, *, by=None, now=NOW):
        with database.write() as db:
            patient = access.patient(db, cast.therapist.viewer, cast.patient.patient_id)
            return notices.tell(db, patient, kind, body, by=by, now=now).id

    return tell


def test_what_changed_stands_on_her_today_with_one_button(client_for, cast, tell):
    tell("rung_up", {"size_mm": 22})
    tell("injection_moved", {"on": date(2026, 4, 1)})
    page = client_for(cast.patient).get("/today").text
    assert "A little further" in page
    assert "Another date for your injection" in page
    assert page.count("I have read it") == 1
    assert page.index("What changed") < page.index('class="week"')


def test_once_she_has_read_it_it_is_gone(client_for, cast, tell):
    client, told = client_for(cast.patient), tell()
    answer = client.post("/notices/acknowledgements", data={"notice": [str(told), "no id"]})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/today")
    assert "Staying where you are" not in client.get("/today").text


def test_with_htmx_the_answer_is_the_same_place_without_them(client_for, cast, tell):
    client = client_for(cast.patient)
    answer = client.post("/notices/acknowledgements", data={"notice": str(tell())}, headers=HTMX)
    assert answer.text.lstrip().startswith('<section id="notices"')
    assert "Thank you" in answer.text
    assert "<html" not in answer.text


def test_an_id_that_is_not_hers_changes_nothing(client_for, cast, tell, database):
    told, client = tell(), client_for(cast.other_patient)
    before = digest(database, but=("sign_in",))
    assert client.post("/notices/acknowledgements", data={"notice": str(told)}).status_code == 303
    assert digest(database, but=("sign_in",)) == before
    assert "Staying where you are" not in client.get("/today").text


def test_her_therapist_sees_them_as_she_does_and_has_no_button(client_for, cast, tell):
    tell("rung_down", {"size_mm": 18})
    page = client_for(cast.therapist).get(f"/patients/{cast.patient.patient_id}/today").text
    assert "An easier step for now" in page
    assert "I have read it" not in page


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("by_rule", [True, False])
@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_words_whatever_its_body_leaves_out(app, kind, by_rule, language):
    """And none of them blames her, or shows a gap where something was left out."""
    with app.test_request_context(), force_locale(language):
        for left_out in (None, *BODY, *({*BODY} - {name} for name in BODY)):
            names = {left_out} if isinstance(left_out, str) else left_out or set()
            body = {name: value for name, value in BODY.items() if name not in names}
            said = words_of(kind, body, by_rule, language)
            assert said.heading
            assert said.text
            assert not reproachful(f"{said.heading} {said.text}")
            assert not [gap for gap in ("“”", "«»", "None", "  ", " .") if gap in said.text]
        assert words_of(kind, {}, by_rule, language).heading


def test_a_change_by_rule_and_one_by_her_therapist_are_told_apart(app):
    with app.test_request_context(), force_locale("en"):
        assert "practices went well" in words_of("rung_up", {}, True).text
        for kind in ("rung_up", "rung_down"):
            said = words_of(kind, {"is_corrected": True}, True).text
            assert "An earlier practice came in later" in said
            assert "last practices" not in said
        assert "therapist" in words_of("rung_up", {}, False).text


def test_what_it_means_for_today_depends_on_the_day(app):
    with app.test_request_context(), force_locale("en"):
        tomorrow = (TODAY + timedelta(days=1)).isoformat()
        assert "Until then nothing changes" in words_of("program_given", {"starts_on": tomorrow}, False).text
        assert "for today below" in words_of("program_given", {"starts_on": TODAY.isoformat()}, False).text
        assert "last day" in words_of("program_ended", {"program": TITLE, "ends_on": TODAY.isoformat()}, False).text
        yesterday = (TODAY - timedelta(days=1)).isoformat()
        assert "is over" in words_of("program_ended", {"program": TITLE, "ends_on": yesterday}, False).text


def test_a_programs_own_words_are_in_her_language(app):
    with app.test_request_context(), force_locale("es"):
        assert "«Calma»" in words_of("ladder_unlocked", {"title": TITLE}, False, "es").text


def words_of(kind, body, by_rule, language="en"):
    notice = Notice(id=None, kind=kind, body=body, assignment_id=None, by_rule=by_rule, told_at=NOW, noticed_at=None)
    return in_words([notice], today=TODAY, language=language)[0]


def test_of_several_steps_on_one_ladder_only_the_last_is_told_and_read_with_it_are_all(client_for, cast, tell):
    for day, (kind, size) in enumerate((("rung_up", 22), ("rung_down", 19), ("rung_up", 25))):
        tell(kind, {"ladder": "dilator", "size_mm": size}, now=NOW - timedelta(days=9 - day))
    tell("rung_up", {"ladder": "strength", "title": TITLE})
    tell("paused_by_therapist")
    tell("paused_by_therapist")
    client = client_for(cast.patient)
    page = client.get("/today").text
    assert ["22 mm" in page, "19 mm" in page, "25 mm" in page] == [False, False, True]
    assert page.count("A little further") == 2
    assert page.count("Your plan takes a rest") == 2
    shown = re.findall(r'name="notice" value="([^"]+)"', page)
    client.post("/notices/acknowledgements", data={"notice": shown})
    assert "What changed</h2>" not in client.get("/today").text
