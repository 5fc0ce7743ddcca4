"""Side effects in the browser: charted at their injection, gone on with on their own page, named on the review."""

from __future__ import annotations

import re

import pytest

from coach.services import injections
from tests.services.test_injections import GIVEN, TODAY, changed
from tests.web.digest import digest

FORM = {"what": "urine leakage", "severity": "moderate", "began_on": "2026-03-01", "ended_on": "", "action": "Pads."}


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


@pytest.fixture
def injection(cast, database, clock):
    with database.write() as db:
        entry = changed(GIVEN, on=TODAY.replace(day=1), insertion_on=None)
        done = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=clock())
        return f"/patients/{cast.patient.patient_id}/injections/{done.injection.id}"


@pytest.fixture
def path(therapist, injection):
    """The page of one that was charted."""
    assert therapist.post(f"{injection}/side-effects", data=FORM).status_code == 303
    return re.search(r'href="(/patients/[^"]+/side-effects/[^"]+)"', therapist.get(injection).text)[1]


def unchanged(database):
    return digest(database, but=("sign_in",))


def test_a_side_effect_stands_at_its_injection_and_on_the_review(therapist, injection, path, cast):
    text = therapist.get(injection).text
    for words in ("urine leakage", "moderate", "since March 1, 2026", "Pads."):
        assert words in text[text.index('id="side-effects"') :]
    review = therapist.get(f"/patients/{cast.patient.patient_id}").text
    assert "Side effects that are still there" in review
    assert f'href="{path}"' in review


def test_it_ends_without_a_reason_and_leaves_the_review(therapist, path, cast):
    assert therapist.post(path, data={**FORM, "ended_on": "2026-03-02", "after": "1"}).status_code == 303
    text = therapist.get(path).text
    assert "Monday, March 2, 2026" in text
    assert "Charted before" in text
    assert "still there" not in therapist.get(f"/patients/{cast.patient.patient_id}").text


def test_a_correction_needs_a_reason_and_shows_both(therapist, path):
    refused = therapist.post(path, data={**FORM, "severity": "mild", "after": "1"})
    assert refused.status_code == 422
    assert 'open id="correct"' in refused.text
    sent = {**FORM, "severity": "mild", "reason": "She said it is little", "after": "1"}
    assert therapist.post(path, data=sent).status_code == 303
    text = therapist.get(path).text
    assert "She said it is little" in text
    assert "<dd>moderate</dd>" in text
    assert "<dd>mild</dd>" in text


def test_one_that_was_charted_by_mistake_is_withdrawn(therapist, path, injection, cast):
    sent = {**FORM, "withdrawn": "yes", "reason": "Another patient's", "after": "1"}
    assert therapist.post(path, data=sent).status_code == 303
    assert "<del>urine leakage</del>" in therapist.get(injection).text
    assert "still there" not in therapist.get(f"/patients/{cast.patient.patient_id}").text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"what": ""}, "Please fill this in."),
        ({"severity": ""}, "Please choose mild, moderate or severe."),
        ({"began_on": ""}, "Please fill this in."),
        ({"began_on": "March"}, "We could not read this day."),
        ({"began_on": "2026-02-27"}, "This lies before the injection."),
        ({"began_on": "2026-03-03"}, "This day is still to come for the patient."),
        ({"ended_on": "2026-02-28"}, "It cannot have ended before it began."),
        ({"action": "x" * 20_000}, "Please keep this within 10000 characters."),
    ],
)
def test_a_bad_entry_is_sent_back_with_a_sentence_and_changes_nothing(therapist, injection, database, sent, sentence):
    before = unchanged(database)
    page = therapist.post(f"{injection}/side-effects", data={**FORM, **sent})
    assert page.status_code == 422
    assert sentence in page.text
    assert unchanged(database) == before


def test_what_was_typed_is_shown_as_text_that_htmx_leaves_alone(therapist, injection):
    therapist.post(f"{injection}/side-effects", data={**FORM, "what": '<i hx-get="/patients">x</i>'})
    text = therapist.get(injection).text
    assert "<i hx-get" not in text


def test_only_her_own_therapist_reads_and_charts(client_for, cast, injection, path, database):
    for who in ("team_outsider", "outsider", "patient", "other_patient"):
        browser = client_for(getattr(cast, who))
        before = unchanged(database)
        assert browser.get(path).status_code == 404, who
        assert browser.post(path, data={**FORM, "ended_on": "2026-03-02", "after": "1"}).status_code == 404, who
        assert browser.post(f"{injection}/side-effects", data=FORM).status_code == 404, who
        assert unchanged(database) == before


def test_nothing_of_it_is_served_to_the_patient(client_for, cast, path):
    browser = client_for(cast.patient)
    for page in ("/today", "/settings/reminders"):
        assert "leakage" not in browser.get(page, follow_redirects=True).text


def test_who_wrote_each_record_is_told(therapist, path):
    assert "Charted on Mar 2, 2026 by Ines." in therapist.get(path).text
    therapist.post(path, data={**FORM, "ended_on": "2026-03-02", "after": "1"})
    assert "Record 1, Mar 2, 2026 · <span hx-ignore>Ines</span>" in therapist.get(path).text


def test_a_sign_of_spread_asks_for_attention_in_whatever_language_it_was_charted(therapist, cast, injection):
    therapist.post("/settings/language", data={"language": "es", "next": "/"})
    assert '<option value="dificultad para respirar">' in therapist.get(injection).text
    therapist.post(f"{injection}/side-effects", data={**FORM, "what": "Dificultad para respirar", "severity": "mild"})
    assert 'badge-attention">leve' in therapist.get(injection).text
    assert "dificultad para respirar" in therapist.get(f"/patients/{cast.patient.patient_id}").text
    therapist.post("/settings/language", data={"language": "en", "next": "/"})
    assert "difficulty breathing" in therapist.get(injection).text
