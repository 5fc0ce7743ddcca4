"""The clinic's typical bands in the browser: for every product, for one, and back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.services import injections
from tests.services.test_injections import GIVEN, TODAY, changed
from tests.web.digest import digest

BOTOX = "onabotulinumtoxinA (Botox)"
DAYS = {"onset": "3", "plateau": "21", "waning": "50", "worn_off": "200", "reason": "As we see it"}
BEFORE = "1-14-84-182"


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


@pytest.fixture
def review(cast, database, clock):
    with database.write() as db:
        entry = changed(GIVEN, on=TODAY - timedelta(days=60), insertion_on=None)
        injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=clock())
    return f"/patients/{cast.patient.patient_id}"


def unchanged(database):
    return digest(database, but=("sign_in",))


def typed(page, number=0):
    """The four days of one of the forms."""
    return re.findall(r'name="(?:onset|plateau|waning|worn_off)" value="([^"]*)"', page.text)[
        4 * number : 4 * number + 4
    ]


def test_the_page_begins_with_what_the_clinic_has(therapist):
    assert typed(therapist.get("/bands")) == ["1", "14", "84", "182"]


def test_days_for_every_product_change_every_timeline_at_once(therapist, review):
    assert "now, typically plateau." in therapist.get(review).text
    assert therapist.post("/bands", data={**DAYS, "before": BEFORE}).status_code == 303
    assert typed(therapist.get("/bands")) == ["3", "21", "50", "200"]
    assert "now, typically waning." in therapist.get(review).text


def test_a_product_gets_days_of_its_own_and_gives_them_back(therapist, review):
    sent = {**DAYS, "product": BOTOX, "before": "", "form": "new"}
    assert therapist.post("/bands", data=sent).status_code == 303
    page = therapist.get("/bands")
    assert (typed(page), typed(page, 1)) == (["1", "14", "84", "182"], ["3", "21", "50", "200"])
    assert "now, typically waning." in therapist.get(review).text
    assert (
        therapist.post("/bands", data={**DAYS, "product": BOTOX, "back": "1", "before": "3-21-50-200"}).status_code
        == 303
    )
    assert "now, typically plateau." in therapist.get(review).text
    assert therapist.post("/bands", data={**DAYS, "product": BOTOX, "back": "1"}).status_code == 404


def test_neither_gap_nor_overlap_can_be_left_between_bands(therapist, database, cast):
    therapist.post("/bands", data={**DAYS, "before": BEFORE})
    with database.read() as db:
        own = select(t.EffectBand.band, t.EffectBand.from_day, t.EffectBand.to_day).where(
            t.EffectBand.clinic_id == cast.therapist.clinic_id
        )
        assert [tuple(row) for row in db.execute(own.order_by(t.EffectBand.from_day))] == [
            ("onset", 3, 20),
            ("plateau", 21, 49),
            ("waning", 50, 199),
            ("worn_off", 200, None),
        ]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"onset": ""}, "Please fill this in."),
        ({"onset": "1.5"}, "Please give a whole number."),
        ({"onset": "21"}, "This has to begin after day 21, on which “onset” begins."),
        ({"waning": "20"}, "This has to begin after day 21, on which “plateau” begins."),
        ({"worn_off": "2000"}, "Please give a day from 0 to 1095."),
        ({"before": "1-14-84-200"}, "Somebody changed this meanwhile."),
        ({"before": "x"}, "Somebody changed this meanwhile."),
        ({"product": " ", "form": "new", "before": ""}, "Please fill this in."),
        ({"product": "x" * 200, "form": "new", "before": ""}, "Please keep this within 120 characters."),
    ],
)
def test_bad_days_are_sent_back_with_a_sentence_and_change_nothing(therapist, database, sent, sentence):
    before = unchanged(database)
    page = therapist.post("/bands", data={**DAYS, "before": BEFORE, **sent})
    assert page.status_code == 422
    assert sentence in page.text
    assert unchanged(database) == before


def test_a_product_that_has_days_of_its_own_already_is_changed_in_its_own_form(therapist, database):
    sent = {**DAYS, "product": BOTOX, "before": "", "form": "new"}
    therapist.post("/bands", data=sent)
    before = unchanged(database)
    page = therapist.post("/bands", data={**sent, "product": BOTOX.lower(), "plateau": "30"})
    assert page.status_code == 422
    assert "This product has days of its own already." in page.text
    assert unchanged(database) == before
    again = {**DAYS, "product": BOTOX, "before": "3-21-50-200", "plateau": "30"}
    assert therapist.post("/bands", data=again).status_code == 303
    assert typed(therapist.get("/bands"), 1) == ["3", "30", "50", "200"]


def test_the_page_is_the_clinics_and_no_patients(client_for, cast, database):
    assert client_for(cast.team_outsider).post("/bands", data={**DAYS, "before": BEFORE}).status_code == 303
    assert typed(client_for(cast.therapist).get("/bands")) == ["3", "21", "50", "200"]
    assert typed(client_for(cast.outsider).get("/bands")) == ["1", "14", "84", "182"]
    before = unchanged(database)
    assert client_for(cast.patient).get("/bands").status_code == 404
    assert client_for(cast.patient).post("/bands", data={**DAYS, "before": BEFORE}).status_code == 404
    assert unchanged(database) == before


def test_what_the_days_were_stays_readable_with_who_changed_them_and_why(therapist):
    assert "How they were set before" not in therapist.get("/bands").text
    therapist.post("/bands", data={**DAYS, "before": BEFORE})
    text = therapist.get("/bands").text
    for words in ("How they were set before", "As we see it", "waning from day 84"):
        assert words in text
