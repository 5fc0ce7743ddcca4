"""Reminders as the patient chooses them: her words, her times, and exactly what will be sent."""

from __future__ import annotations

from datetime import time

import pytest

from coach.services import reminders
from coach.services.reminders import TEXTS
from tests.wording import telling

EMAIL = {"channel": "email", "address": "mara@example.org"}


@pytest.fixture
def chosen(database, cast):
    def chosen() -> tuple[str, str | None, tuple[time, ...]]:
        with database.read() as db:
            choice = reminders.current_choice(db, cast.patient.viewer)
        return choice.channel, choice.address, choice.times

    return chosen


def test_nothing_is_chosen_for_her(client_for, cast, chosen):
    page = client_for(cast.patient).get("/settings/reminders").text

    assert 'value="none" checked' in page
    assert chosen() == ("none", None, ())


def test_she_chooses_times_and_address(client_for, cast, chosen):
    client = client_for(cast.patient)

    answer = client.post("/settings/reminders", data={**EMAIL, "time": ["18:30", "", "09:00", ""]})

    assert (answer.status_code, answer.location) == (303, "/settings/reminders")
    assert chosen() == ("email", "mara@example.org", (time(9), time(18, 30)))
    page = client.get("/settings/reminders").text
    assert "A message goes to mara@example.org." in page
    assert 'value="email" checked' in page


def test_she_takes_it_back(client_for, cast, chosen):
    client = client_for(cast.patient)
    client.post("/settings/reminders", data={**EMAIL, "time": ["09:00"]})

    client.post("/settings/reminders", data={"channel": "none", "address": "mara@example.org", "time": ["09:00"]})

    assert chosen() == ("none", None, ())
    assert "No reminders are sent to you." in client.get("/settings/reminders").text


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_the_page_shows_the_very_words_that_are_sent(client_for, cast, language):
    client = client_for(cast.patient)
    client.post("/settings/language", data={"language": language})

    page = client.get("/settings/reminders").text

    for words in TEXTS[language]:
        assert words in page
    assert "http://localhost/" in page


def test_a_time_that_is_given_twice_counts_once(client_for, cast, chosen):
    client_for(cast.patient).post("/settings/reminders", data={**EMAIL, "time": ["09:00", "09:00"]})

    assert chosen()[2] == (time(9),)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Please choose one of the two."),
        ({"channel": "pigeon"}, "Please choose one of the two."),
        ({**EMAIL, "address": "mara", "time": ["09:00"]}, "This does not look like an e-mail address."),
        (
            {**EMAIL, "address": "a@b.org\r\nBcc: x@y.org", "time": ["09:00"]},
            "This does not look like an e-mail address.",
        ),
        ({**EMAIL, "time": ["", ""]}, "Please give at least one time"),
        ({**EMAIL, "time": ["nine"]}, "We could not read “nine” as a time of day"),
        ({**EMAIL, "time": ["25:00"]}, "We could not read “25:00” as a time of day"),
        ({**EMAIL, "time": ["09:00", "09:10"]}, "Please leave 30 minutes or more between two times."),
        ({**EMAIL, "time": ["23:00"]}, "lies in the quiet hours from"),
        ({**EMAIL, "time": ["08:00", "10:00", "12:00", "14:00", "16:00"]}, "At most 4 times a day."),
    ],
)
def test_what_cannot_be_taken_is_said_and_changes_nothing(client_for, cast, chosen, form, sentence):
    client = client_for(cast.patient)
    client.post("/settings/reminders", data={**EMAIL, "time": ["09:00"]})

    answer = client.post("/settings/reminders", data=form)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert chosen() == ("email", "mara@example.org", (time(9),))


def test_what_she_typed_is_still_there_and_is_text(client_for, cast):
    typed = {**EMAIL, "address": '"><b>mara', "time": ["09:00", "23:00"]}

    page = client_for(cast.patient).post("/settings/reminders", data=typed).text

    assert "&gt;&lt;b&gt;mara" in page
    assert 'value="23:00"' in page
    assert "<b>mara" not in page


@pytest.mark.parametrize("who", ["therapist", "team_outsider", "outsider"])
def test_therapists_have_no_such_page(client_for, cast, who):
    client = client_for(getattr(cast, who))

    assert client.get("/settings/reminders").status_code == 404
    assert client.post("/settings/reminders", data={**EMAIL, "time": ["09:00"]}).status_code == 404


def test_each_patient_changes_her_own_choice_alone(client_for, cast, chosen):
    for other in (cast.other_patient, cast.outside_patient):
        client_for(other).post("/settings/reminders", data={**EMAIL, "time": ["10:00"]})

    assert chosen() == ("none", None, ())


def test_the_page_gives_nothing_away(client_for, cast):
    assert not telling(client_for(cast.patient).get("/settings/reminders").text)
