"""Consultations in the browser: nothing is required, what is known stands beside it, and she herself reads none."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from coach.db import tables as t
from coach.services import consultations
from coach.services.consultations import CONTRAINDICATIONS, ConsultationEntry
from tests.services.test_consultations import INTAKE
from tests.web.digest import digest

FORM = {
    "on": "2026-03-02",
    "onset": "acquired",
    "lasted_years": "2",
    "lasted_months": "4",
    "history": "It began after an infection.",
    "other_treatments": "Yoga\n\nAcupuncture",
    "grade": "2",
    "oxford": "2",
    "power": "4",
    "endurance_s": "6",
    "repetitions": "4",
    "fast": "7",
    "pain.tampon": "8",
    "anxiety.tampon": "9",
    "anticoagulants": "yes",
    "pregnancy": "no",
    "consents": "yes",
    "consent_on": "2026-03-01",
    "notes": "She was tired.",
}


def form(goals=("tampon", "comfort"), treatments=("dilators",), **changes):
    fields = MultiDict({**FORM, **changes})
    for goal in goals:
        fields.add("goal", goal)
    for each in treatments:
        fields.add("treatment", each)
    return fields


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


@pytest.fixture
def path(cast):
    return f"/patients/{cast.patient.patient_id}/consultations"


@pytest.fixture
def consulted(database, cast, clock):
    def consulted(entry=INTAKE):
        with database.write() as db:
            viewer, patient_id = cast.therapist.viewer, cast.patient.patient_id
            return consultations.consult(db, viewer, patient_id, entry, now=clock()).consultation_id

    return consulted


def unchanged(database):
    return digest(database, but=("sign_in",))


def words(text):
    """The text of a piece of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def field(page, name):
    """What stands in a field of a form: of a box, a chosen option, or the checked one of several."""
    found = (
        re.search(rf'<input[^>]*? id="{name}"[^>]*? value="([^"]*)"', page.text)
        or re.search(rf'<textarea id="{name}"[^>]*>([^<]*)<', page.text)
        or re.search(rf'<input type="radio" name="{name}" value="([^"]*)" checked', page.text)
    )
    if found:
        return found[1]
    chosen = re.search(rf'<select[^>]* name="{name}".*?</select>', page.text, re.S)[0]
    option = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', chosen)
    return (option[1] or option[2]) if option else ""


def test_a_consultation_is_written_down_and_read_back(therapist, path):
    answer = therapist.post(path, data=form())
    assert answer.status_code == 303
    page = words(therapist.get(answer.headers["Location"]).text)
    for said in (
        "Consultation of March 2, 2026",
        "Goals a tampon, comfort",
        "Since when it came later",
        "Has lasted 2 years 4 months",
        "Tried before dilators, Yoga, Acupuncture",
        "Severity grade 2",
        "PERFECT P4 E6 R4 F7",
        "Consents to treatment yes, Mar 1, 2026",
        "Before an injection: yes anticoagulants",
        "Before an injection: no pregnant, or hoping to be soon",
        "It began after an infection.",
        "She was tired.",
        "Tampon 8 9",
        "Written down on Mar 2, 2026 by Ines.",
    ):
        assert said in page


def test_a_form_with_the_day_alone_is_taken_and_says_that_the_rest_was_left_open(therapist, path):
    answer = therapist.post(path, data={"on": "2026-03-02"})
    assert answer.status_code == 303
    assert "Everything was left open." in therapist.get(answer.headers["Location"]).text


def test_the_form_says_why_it_asks_and_that_nothing_is_required(therapist, path):
    page = therapist.get(f"{path}/new").text
    assert "Everything here may stay open" in page
    assert "only her own team reads it" in page
    assert page.count("Asked ") >= 4
    main = page[page.index("<main") : page.index("</main>")]
    assert re.findall(r'name="(\w+)"[^>]* required', main) == ["on"]


def test_each_line_of_the_checklist_is_asked_with_its_sentence_and_is_open_at_first(therapist, path):
    page = therapist.get(f"{path}/new")
    for each in CONTRAINDICATIONS:
        assert each.sentence in page.text.replace("&#39;", "'")
        assert field(page, each.field) == ""


@pytest.mark.parametrize(
    ("noted", "read"),
    [
        (("4", "6", "4", "7"), "P4 E6 R4 F7"),
        (("0", "", "", ""), "P0 E– R– F–"),
        (("3", "10", "", "2"), "P3 E10 R– F2"),
    ],
)
def test_perfect_is_read_as_it_is_usually_noted(therapist, path, noted, read):
    changes = dict(zip(("power", "endurance_s", "repetitions", "fast"), noted, strict=True))
    page = therapist.get(therapist.post(path, data=form(**changes)).headers["Location"])
    assert f"<dd>{read}</dd>" in page.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"on": ""}, "Please fill this in."),
        ({"on": "2.3.2026"}, "We could not read this day."),
        ({"on": "2026-03-03"}, "This day is still to come for the patient. Please look at the day."),
        ({"on": "0026-03-03"}, "This day is very far away."),
        ({"goals": ("tampon", "tampon")}, "A goal is there twice."),
        ({"goals": ("none_of_these", "tampon")}, "None of these stands by itself."),
        ({"goals": ("riches",)}, "Please choose one of the list."),
        ({"onset": "never"}, "Please choose one of the list."),
        ({"anticoagulants": "perhaps"}, "Please choose one of the list."),
        ({"consents": "perhaps"}, "Please choose one of the list."),
        ({"oxford": "6"}, "Please give a whole number from 0 to 5, or leave it open."),
        ({"grade": "6"}, "Please give a whole number from 0 to 5, or leave it open."),
        ({"power": "strong"}, "Please give a whole number."),
        ({"fast": "٣"}, "Please give a whole number."),
        ({"endurance_s": "9" * 5000}, "Please give a whole number."),
        ({"pain.tampon": "11"}, "Please give a whole number from 0 to 10, or leave it open."),
        ({"lasted_years": "long"}, "Please give a whole number."),
        ({"lasted_years": "101"}, "Please give a whole number from 0 to 1,200, or leave it open."),
        ({"consent_on": ""}, "Please fill this in."),
        ({"consent_on": "yesterday"}, "We could not read this day."),
        ({"consent_on": "2026-03-03"}, "This day is still to come for the patient. Please look at the day."),
        ({"consents": ""}, "There is a day of consent."),
        ({"other_treatments": "x" * 200}, "Please keep this within 120 characters."),
        ({"other_treatments": "\n".join(map(str, range(50)))}, "These are more than 40."),
        ({"history": "x" * 20_000}, "Please keep this within 10000 characters."),
    ],
)
def test_a_bad_entry_is_sent_back_with_a_sentence_and_changes_nothing(therapist, path, database, changes, sentence):
    before = unchanged(database)
    page = therapist.post(path, data=form(**changes))
    assert page.status_code == 422
    assert sentence in page.text
    assert "Nothing is written down yet." in page.text
    assert unchanged(database) == before


def test_what_was_typed_comes_back_with_the_message(therapist, path):
    page = therapist.post(path, data=form(oxford="9", history="<i>Her</i> words"))
    assert page.status_code == 422
    assert field(page, "history") == "&lt;i&gt;Her&lt;/i&gt; words"
    assert field(page, "other_treatments") == "Yoga\r\n\r\nAcupuncture".replace("\r", "")
    assert (field(page, "onset"), field(page, "anticoagulants"), field(page, "pain.tampon")) == ("acquired", "yes", "8")
    assert [field(page, "goal"), field(page, "lasted_years")] == ["tampon", "2"]
    assert re.search(r'value="dilators" checked', page.text)


def test_a_form_with_nothing_in_it_is_answered_and_not_an_error_of_ours(therapist, path):
    assert therapist.post(path, data={}).status_code == 422


def test_a_form_of_thousands_of_goals_is_answered_with_a_short_page(therapist, path):
    page = therapist.post(path, data={"on": "2026-03-02", "goal": ["comfort"] * 900, "treatment": ["dilators"] * 900})
    assert page.status_code == 422
    assert len(page.data) < 100_000


def test_a_new_one_carries_over_what_grows_and_leaves_open_what_is_found_out_anew(therapist, path, consulted):
    consulted()
    page = therapist.get(f"{path}/new")
    assert field(page, "on") == "2026-03-02"
    assert re.findall(r'<option value="(\w+)" selected>', page.text)[:2] == ["comfort", "tampon"]
    assert field(page, "history") == "Since the first attempt with a tampon."
    assert field(page, "other_treatments") == "a warm bath"
    assert re.search(r'value="physiotherapy" checked', page.text)
    assert (field(page, "onset"), field(page, "consents"), field(page, "consent_on")) == (
        "lifelong",
        "yes",
        "2026-03-02",
    )
    assert {field(page, name) for name in ("oxford", "grade", "power", "pain.tampon", "anticoagulants", "notes")} == {
        ""
    }
    text = words(page.text)
    for said in ("Modified Oxford last: 2, Mar 2, 2026", "last: 5 years 4 months", "last: yes, Mar 2, 2026"):
        assert said in text


def test_what_each_field_was_stands_side_by_side(therapist, path, consulted):
    for days, oxford, pain in ((60, 2, 8), (30, 3, 5), (0, 3, 2)):
        entry = consultations.BaselineEntry(penetration="tampon", pain=pain)
        consulted(ConsultationEntry(on=date(2026, 3, 2) - timedelta(days=days), oxford=oxford, baselines=(entry,)))
    table = re.search(r'<table class="known".*?</table>', therapist.get(path).text, re.S)[0]
    rows = [words(row) for row in re.findall(r"<tr.*?</tr>", table, re.S)]
    assert rows[0] == "Asked Jan 1, 2026 Ines Jan 31, 2026 Ines Mar 2, 2026 Ines"
    assert "Modified Oxford 2 3 3" in rows
    assert rows[rows.index("Pain, 0 to 10") + 1] == "Tampon 8 5 2"


def test_without_a_consultation_the_page_says_what_the_first_asks_for(therapist, path):
    page = therapist.get(path).text
    assert "No consultation is written down" in page
    assert f"{path}/new" in page


def test_a_correction_stands_beside_what_was_written_down_first(therapist, path, consulted):
    page = f"{path}/{consulted()}"
    found = therapist.get(page)
    assert (field(found, "oxford"), field(found, "lasted_years"), field(found, "lasted_months")) == ("2", "5", "4")
    answer = therapist.post(page, data=form(oxford="3", reason="Read in the wrong line", after="1"))
    assert answer.status_code == 303
    text = words(therapist.get(page).text)
    assert "Corrected on Mar 2, 2026 by Ines: Read in the wrong line" in text
    assert "Written down before" in text
    assert "Since the first attempt with a tampon." in text
    assert "corrected once" in therapist.get(path).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": "", "after": "1"}, "Please fill this in."),
        ({"reason": "Again", "after": "0"}, "Somebody corrected this meanwhile."),
        ({"reason": "Again", "after": "9" * 5000}, "Somebody corrected this meanwhile."),
        ({"reason": "Again", "after": "1", "oxford": "7"}, "Please give a whole number from 0 to 5"),
    ],
)
def test_a_bad_correction_is_sent_back_open_and_changes_nothing(
    therapist, path, consulted, database, changes, sentence
):
    page = f"{path}/{consulted()}"
    before = unchanged(database)
    answer = therapist.post(page, data=form(**changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'open id="correct"' in answer.text
    assert unchanged(database) == before


def test_what_a_therapist_wrote_is_shown_as_text_that_htmx_leaves_alone(therapist, path):
    hostile = '<i hx-get="/patients">x</i>'
    answer = therapist.post(path, data=form(history=hostile, other_treatments=hostile))
    for address in (answer.headers["Location"], path, f"{path}/new"):
        assert "<i hx-get" not in therapist.get(address).text
    page = therapist.get(answer.headers["Location"]).text
    assert '<div class="chart" hx-ignore>' in page


def test_a_yes_of_the_checklist_is_told_on_the_review_and_where_an_injection_is_charted(
    therapist, cast, path, consulted, samples
):
    patient = f"/patients/{cast.patient.patient_id}"
    consulted()
    for address in (patient, path, f"{patient}/injections/new", f"{patient}/injections/{samples.injection_id}"):
        told = re.search(r'<div class="notice[^"]*" id="contraindicated">.*?</div>', therapist.get(address).text, re.S)
        assert "At the consultation of March 2, 2026: anticoagulants" in words(told[0]), address
        assert "pregnant" not in told[0]


def test_a_yes_forbids_no_injection(therapist, cast, path, consulted):
    consulted()
    answer = therapist.post(
        f"/patients/{cast.patient.patient_id}/injections",
        data={"state": "given", "on": "2026-03-02", "product": "Example", "units": "100"},
    )
    assert answer.status_code == 303


def test_where_nothing_was_answered_with_yes_nothing_is_told(therapist, cast, path, consulted):
    consulted(ConsultationEntry(on=date(2026, 3, 2), anticoagulants=False))
    for address in (path, f"/patients/{cast.patient.patient_id}"):
        assert 'id="contraindicated"' not in therapist.get(address).text


def test_a_consultation_is_marked_on_the_timeline_and_stands_in_its_row_of_the_table(
    therapist, cast, consulted, samples
):
    consulted(ConsultationEntry(on=date(2026, 2, 25)))
    page = therapist.get(f"/patients/{cast.patient.patient_id}?range=all").text
    pictures = re.findall(r'<g class="mark mark-C"><title>(.*?)</title>', page)
    assert pictures.count("one consultation, Feb 25, 2026") == 2  # the wide picture and that for a phone
    described = re.search(r'<desc id="timeline-desc-wide">(.*?)</desc>', page, re.S)[1]
    assert described.startswith("Consultations on 19 Jan, 25 Feb.")
    row = re.search(r'<th scope="row">Feb 23</th>.*?</tr>', page, re.S)[0]
    assert "consultation, Feb 25" in words(row)


def test_only_her_own_therapist_reads_and_writes(client_for, cast, path, consulted, database):
    consultation_id = consulted()
    for who in ("team_outsider", "outsider", "patient", "other_patient", "outside_patient"):
        browser = client_for(getattr(cast, who))
        before = unchanged(database)
        for address in (path, f"{path}/new", f"{path}/{consultation_id}"):
            assert browser.get(address).status_code == 404, (who, address)
        assert browser.post(path, data=form()).status_code == 404, who
        correction = form(reason="No", after="1")
        assert browser.post(f"{path}/{consultation_id}", data=correction).status_code == 404, who
        assert unchanged(database) == before
    assert client_for(None).get(path).status_code == 303


def test_a_consultation_is_not_found_under_another_patient(therapist, cast, consulted):
    path = f"/patients/{cast.other_patient.patient_id}/consultations/{consulted()}"
    assert therapist.get(path).status_code == 404
    assert therapist.post(path, data=form(reason="No", after="1")).status_code == 404


def test_nothing_of_it_appears_on_her_own_pages(client_for, cast, consulted, samples, database):
    consulted()
    hers = client_for(cast.patient)
    with database.read() as db:
        session_id = db.scalars(select(t.Session.id)).one()
    pages = ("/today", "/settings/reminders", f"/sessions/{session_id}", f"/sessions/{session_id}/summary")
    for address in pages:
        page = hers.get(address)
        assert page.status_code == 200, address
        for told in ("onsultation", "first attempt", "with a friend", "warm bath", "anticoagulant", "CANARY-treatment"):
            assert told not in page.text, (address, told)


def test_the_day_that_stands_in_the_form_is_hers(client_for, cast, path, clock):
    clock.now += timedelta(hours=14, minutes=30)  # 23:30 in London, past midnight in Berlin
    assert field(client_for(cast.therapist).get(f"{path}/new"), "on") == "2026-03-03"


def test_that_she_did_not_consent_is_told_to_whoever_charts_an_injection_until_she_does(therapist, path):
    new = path.replace("/consultations", "/injections/new")
    told = "At the consultation of March 2, 2026 she did not consent to treatment."
    assert told not in therapist.get(new).text
    therapist.post(path, data={"on": "2026-03-02", "consents": "no"})
    assert told in therapist.get(new).text
    injections = path.replace("/consultations", "/injections")
    planned = therapist.post(injections, data={"state": "planned", "on": "2026-04-01"}).headers["Location"]
    assert told in therapist.get(planned).text
    therapist.post(path, data={"on": "2026-03-02"})
    assert told in therapist.get(new).text
    therapist.post(path, data={"on": "2026-03-02", "consents": "yes", "consent_on": "2026-03-02"})
    assert told not in therapist.get(new).text


def test_of_two_consultations_of_one_day_the_next_takes_no_day_of_consent_from_the_other(therapist, path, clock):
    therapist.post(path, data={"on": "2026-03-02", "consents": "yes", "consent_on": "2026-03-01"})
    clock.advance(minutes=1)
    therapist.post(path, data={"on": "2026-03-02", "consents": "no"})
    page = therapist.get(f"{path}/new")
    assert (field(page, "consents"), field(page, "consent_on")) == ("", "")  # to be asked, with a day of its own


@pytest.mark.parametrize(("power", "is_told"), [("5", True), ("2", False), ("", False)])
def test_a_strength_that_differs_between_its_two_scales_is_pointed_at_and_written_down(therapist, path, power, is_told):
    answer = therapist.post(path, data=form(oxford="2", power=power))
    assert answer.status_code == 303
    text = therapist.get(answer.headers["Location"]).text
    assert ("Modified Oxford says 2 and the P of PERFECT 5" in text) == is_told
    assert ("Please look whether both hold." in text) == is_told
