"""What was observed of an injection, and bands of its own, in the browser."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from coach.services import injections
from tests.services.test_injections import GIVEN, TODAY, changed
from tests.web.digest import digest

DAYS = {"onset": "2", "plateau": "10", "waning": "50", "worn_off": "120"}


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


@pytest.fixture
def path(cast, database, clock):
    with database.write() as db:
        entry = changed(GIVEN, on=TODAY - timedelta(days=60), insertion_on=None)
        done = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=clock())
        return f"/patients/{cast.patient.patient_id}/injections/{done.injection.id}"


@pytest.fixture
def review(cast):
    return f"/patients/{cast.patient.patient_id}?range=all"


def unchanged(database):
    return digest(database, but=("sign_in",))


def cells(text):
    """The table of bands, as text."""
    table = text[text.index('id="effect"') :]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", table[: table.index("</table>")], re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]


def test_the_typical_bands_of_an_injection_are_told_with_where_they_are_from(therapist, path):
    text = therapist.get(path).text
    assert "Typical days as your clinic sets them for every product" in text
    assert cells(text) == [
        "onset day 1 to 13 Jan 2 – Jan 14",
        "plateau day 14 to 83 Jan 15 – Mar 25",
        "waning day 84 to 181 Mar 26 – Jul 1",
        "worn off from day 182 Jul 2",
    ]


def test_what_was_observed_stands_beside_what_is_typical_and_on_the_timeline(therapist, path, review):
    for kind, on in (("first_effect", "2026-01-04"), ("wearing_off", "2026-02-20")):
        answer = therapist.post(f"{path}/observations", data={"kind": kind, "on": on, "after": "0"})
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith("#effect")
    assert cells(therapist.get(path).text)[:3] == [
        "onset day 1 to 13 Jan 2 – Jan 14 3 observed – 13",
        "plateau day 14 to 83 Jan 15 – Mar 25 14 – 49 observed",
        "waning day 84 to 181 Mar 26 – Jul 1 50 observed – 147",
    ]
    text = therapist.get(review).text
    assert "Observed: first effect, day 3; beginning to wear off, day 50." in text
    assert 'class="pin pin-wearing_off"' in text
    assert "now, waning as observed." in text
    weeks = text[text.index('id="weeks"') :]
    assert '<span class="badge">beginning to wear off, day 50</span>' in weeks
    assert "typical bands by days since the injection" in text


def test_a_day_is_changed_with_a_reason_and_taken_back_with_one_and_both_stay_readable(therapist, path):
    send = f"{path}/observations"
    therapist.post(send, data={"kind": "peak", "on": "2026-01-20", "after": "0"})
    refused = therapist.post(send, data={"kind": "peak", "on": "2026-01-25", "after": "1"})
    assert refused.status_code == 422
    assert "Please fill this in." in refused.text
    assert 'value="2026-01-25"' in refused.text
    therapist.post(send, data={"kind": "peak", "on": "2026-01-25", "reason": "Misheard", "after": "1"})
    therapist.post(send, data={"kind": "peak", "take_back": "1", "reason": "Too early to say", "after": "2"})
    text = therapist.get(path).text
    assert "Noted before" in text
    for words in ("January 20, 2026", "January 25, 2026", "Misheard", "taken back", "Too early to say"):
        assert words in text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"on": ""}, "Please fill this in."),
        ({"on": "yesterday"}, "We could not read this day."),
        ({"on": "2025-12-31"}, "This lies before the injection."),
        ({"on": "2026-03-03"}, "This day is still to come for the patient."),
        ({"after": "7"}, "Somebody noted this meanwhile."),
        ({"after": "x"}, "Somebody noted this meanwhile."),
        ({"kind": "smile"}, "Please choose what was observed."),
    ],
)
def test_a_bad_note_is_sent_back_with_a_sentence_and_changes_nothing(therapist, path, database, sent, sentence):
    before = unchanged(database)
    page = therapist.post(f"{path}/observations", data={"kind": "peak", "on": "2026-01-20", "after": "0", **sent})
    assert page.status_code == 422
    assert sentence in page.text
    assert unchanged(database) == before


def test_what_comes_in_another_order_is_sent_back_with_both_names(therapist, path):
    therapist.post(f"{path}/observations", data={"kind": "peak", "on": "2026-01-20", "after": "0"})
    page = therapist.post(f"{path}/observations", data={"kind": "first_effect", "on": "2026-01-21", "after": "0"})
    assert "The day of “peak” cannot come before that of “first effect”." in page.text


def test_nothing_is_noted_of_an_injection_that_is_planned(therapist, cast):
    index = f"/patients/{cast.patient.patient_id}/injections"
    planned = therapist.post(index, data={"state": "planned", "on": "2026-04-01"}).headers["Location"]
    assert "/observations" not in therapist.get(planned).text
    page = therapist.post(f"{planned}/observations", data={"kind": "peak", "on": "2026-03-01", "after": "0"})
    assert page.status_code == 422
    assert (
        "This injection is not charted as given."
        in therapist.post(
            f"{planned}/side-effects", data={"what": "soreness", "severity": "mild", "began_on": "2026-03-01"}
        ).text
    )


def test_an_injection_gets_days_of_its_own_and_goes_back_to_the_clinics(therapist, path, review):
    answer = therapist.post(f"{path}/bands", data={**DAYS, "reason": "Faster the last time", "after": "0"})
    assert answer.status_code == 303
    text = therapist.get(path).text
    assert "Typical days as they were set for this injection" in text
    assert cells(text)[2] == "waning day 50 to 119 Feb 20 – Apr 30"
    assert "now, typically waning." in therapist.get(review).text
    refused = therapist.post(f"{path}/bands", data={"back": "1", "after": "1", "reason": ""})
    assert refused.status_code == 422
    therapist.post(f"{path}/bands", data={"back": "1", "after": "1", "reason": "As usual after all"})
    text = therapist.get(path).text
    assert cells(text)[2].startswith("waning day 84 to 181")
    for words in ("How they were set before", "Faster the last time", "As usual after all"):
        assert words in text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"plateau": ""}, "Please fill this in."),
        ({"plateau": "two weeks"}, "Please give a whole number."),
        ({"plateau": "60"}, "This has to begin after day 60, on which “plateau” begins."),
        ({"worn_off": "5000"}, "Please give a day from 0 to 1095."),
        ({"reason": ""}, "Please fill this in."),
        ({"after": "3"}, "Somebody changed this meanwhile."),
    ],
)
def test_bad_days_are_sent_back_with_a_sentence_and_change_nothing(therapist, path, database, sent, sentence):
    before = unchanged(database)
    page = therapist.post(f"{path}/bands", data={**DAYS, "reason": "Faster", "after": "0", **sent})
    assert page.status_code == 422
    assert sentence in page.text
    assert 'open id="own-bands"' in page.text
    assert unchanged(database) == before


def test_only_her_own_therapist_notes_and_changes(client_for, cast, path, database):
    for who in ("team_outsider", "outsider", "patient", "other_patient"):
        browser = client_for(getattr(cast, who))
        before = unchanged(database)
        note = {"kind": "peak", "on": "2026-01-20", "after": "0"}
        assert browser.post(f"{path}/observations", data=note).status_code == 404, who
        assert browser.post(f"{path}/bands", data={**DAYS, "reason": "x", "after": "0"}).status_code == 404, who
        assert unchanged(database) == before


def test_nothing_of_it_is_under_another_patient(therapist, cast, path):
    other = path.replace(str(cast.patient.patient_id), str(cast.other_patient.patient_id))
    assert therapist.post(f"{other}/observations", data={"kind": "peak", "on": "2026-01-20"}).status_code == 404
    assert therapist.post(f"{other}/bands", data={**DAYS, "reason": "x", "after": "0"}).status_code == 404


def test_what_no_longer_fits_a_corrected_day_is_told_so_and_draws_nothing(therapist, cast, path, database, clock):
    therapist.post(f"{path}/observations", data={"kind": "first_effect", "on": "2026-01-04", "after": "0"})
    side_effect = {"what": "soreness", "severity": "mild", "began_on": "2026-01-05"}
    therapist.post(f"{path}/side-effects", data=side_effect)
    with database.write() as db:
        entry = changed(GIVEN, on=TODAY - timedelta(days=50), insertion_on=None)
        injection_id = uuid.UUID(path.rsplit("/", 1)[1])
        injections.correct(db, cast.therapist.viewer, injection_id, entry, reason="Wrong day", now=clock())
    text = therapist.get(path).text
    assert "no longer fits this injection's day" in text
    assert not [row for row in cells(text) if "observed" in row]
    going_on = re.search(r'href="(/patients/[^"]+/side-effects/[^"]+)"', text)[1]
    ended = therapist.post(going_on, data={**side_effect, "ended_on": "2026-02-01", "after": "1"})
    assert ended.status_code == 303
    moved = {**side_effect, "began_on": "2026-01-06", "ended_on": "2026-02-01", "reason": "Later", "after": "2"}
    assert therapist.post(going_on, data=moved).status_code == 422


def test_who_noted_and_who_set_days_is_told_with_her_own_day(client_for, cast, path, clock):
    clock.now += timedelta(hours=14, minutes=30)  # 23:30 in London, past midnight in Berlin
    therapist = client_for(cast.therapist)
    therapist.post(f"{path}/observations", data={"kind": "peak", "on": "2026-02-01", "after": "0"})
    therapist.post(f"{path}/observations", data={"kind": "peak", "on": "2026-02-02", "reason": "Read", "after": "1"})
    therapist.post(f"{path}/bands", data={**DAYS, "reason": "Slower", "after": "0"})
    text = therapist.get(path).text
    assert "noted on Mar 3, 2026 by Ines" in text
    assert text.count("Mar 3, 2026 · <span hx-ignore>Ines</span>") == 3
