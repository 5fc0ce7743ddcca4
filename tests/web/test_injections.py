"""Charting in the browser: forms that keep what was typed, rows without JavaScript, corrections beside the first."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from coach.db import tables as t
from coach.services import injections
from coach.web.therapist.readings import number_in
from tests.services.test_injections import GIVEN
from tests.web.digest import digest

FORM = {
    "state": "given",
    "on": "2026-03-02",
    "insertion_on": "2026-03-05",
    "product": "onabotulinumtoxinA (Botox)",
    "units": "100",
    "operator": "Dr Example",
    "notes": "Well tolerated.",
}
SITES = (("puborectalis", "left", "3", "50"), ("puborectalis", "right", "9", "50"))


def form(sites=SITES, **changes):
    fields = MultiDict({**FORM, **changes})
    for row in sites:
        for name, value in zip(("muscle", "side", "clock", "units"), row, strict=True):
            fields.add(f"site_{name}", value)
    return fields


class Form(HTMLParser):
    """What a browser would send of a form that nobody has touched."""

    def __init__(self):
        super().__init__()
        self.sent = []
        self._text = self._select = None

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        if tag == "input" and has.get("name") and (has.get("type") not in ("radio", "checkbox") or "checked" in has):
            self.sent.append((has["name"], has.get("value", "on")))
        elif tag == "textarea":
            self._text = (has["name"], "")
        elif tag == "select":
            self._select = (has["name"], None)
        elif tag == "option" and self._select and (self._select[1] is None or "selected" in has):
            self._select = (self._select[0], has["value"])

    def handle_data(self, data):
        if self._text:
            self._text = (self._text[0], self._text[1] + data)

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.sent.append(self._text)
            self._text = None
        elif tag == "select":
            self.sent.append(self._select)
            self._select = None


def typed_in(markup):
    form = Form()
    form.feed(markup)
    return [field for field in form.sent if field[0] not in ("csrf_token", "reason")]


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


@pytest.fixture
def path(cast):
    return f"/patients/{cast.patient.patient_id}/injections"


@pytest.fixture
def charted(database, cast, clock):
    with database.write() as db:
        done = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, GIVEN, now=clock())
        return done.injection.id


def unchanged(database):
    return digest(database, but=("sign_in",))


def rows(page):
    return re.findall(r'name="site_muscle" value="([^"]*)"', page.text)


def test_an_injection_is_charted_and_read_back(therapist, path, database):
    answer = therapist.post(path, data=form())
    assert answer.status_code == 303
    page = therapist.get(answer.headers["Location"])
    for words in (
        "Injection of March 2, 2026",
        "onabotulinumtoxinA (Botox)",
        "100 units",
        "Dr Example",
        "puborectalis",
    ):
        assert words in page.text
    assert "Thursday, March 5, 2026" in page.text
    assert "March 2, 2026" in therapist.get(path).text


def test_sites_that_do_not_sum_to_the_total_are_sent_back_with_both_numbers(therapist, path, database):
    before = unchanged(database)
    page = therapist.post(path, data=form(units="120"))
    assert page.status_code == 422
    assert "The sites sum to 100 units, the total says 120." in page.text
    assert rows(page) == ["puborectalis", "puborectalis"]
    assert 'value="Dr Example"' in page.text
    assert unchanged(database) == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": "maybe"}, "Please choose planned or given."),
        ({"state": "cancelled"}, "Please choose planned or given."),
        ({"on": ""}, "Please fill this in."),
        ({"on": "29.3.2026"}, "We could not read this day."),
        ({"on": "2026-02-30"}, "We could not read this day."),
        ({"on": "2026-03-03"}, "This day is still to come for the patient."),
        ({"on": "0026-03-03"}, "This day is very far away."),
        ({"state": "planned", "on": "2026-02-01"}, "This day has passed."),
        ({"insertion_on": "2026-03-01"}, "This lies before the injection."),
        ({"product": ""}, "Please fill this in."),
        ({"units": ""}, "The sites sum to 100 units. Please give the total as well."),
        ({"units": "1,000"}, "We could not read “1,000”."),
        ({"units": "-5"}, "We could not read “-5”."),
        ({"units": "٣"}, "We could not read “٣”."),
        ({"units": "0"}, "Please give more than 0"),
        ({"notes": "x" * 20_000}, "Please keep this within 10000 characters."),
        ({"sites": [("", "left", "3", "100")]}, "Please fill this in."),
        ({"sites": [("puborectalis", "left", "3", "")]}, "Please fill this in."),
        ({"sites": [("puborectalis", "left", "13", "100")]}, "A clock position is a whole number from 1 to 12."),
        ({"sites": [("puborectalis", "left", "noon", "100")]}, "A clock position is a whole number from 1 to 12."),
        ({"sites": [("puborectalis", "above", "3", "100")]}, "Please choose left, right or midline."),
        ({"sites": [("puborectalis", "left", "", "many")]}, "We could not read “many”."),
    ],
)
def test_a_bad_chart_is_sent_back_with_a_sentence_and_changes_nothing(therapist, path, database, changes, sentence):
    before = unchanged(database)
    page = therapist.post(path, data=form(**changes))
    assert page.status_code == 422
    assert sentence in page.text
    assert "Nothing is written down yet." in page.text
    assert unchanged(database) == before


def test_a_form_with_nothing_in_it_is_answered_and_not_an_error_of_ours(therapist, path):
    assert therapist.post(path, data={}).status_code == 422


def test_a_comma_is_a_decimal_point_for_those_who_write_it_so(therapist, path, database):
    assert therapist.post(path, data=form(sites=(), units="12,5")).status_code == 303
    with database.read() as db:
        assert db.scalars(select(t.InjectionChart.units)).all() == [12.5]


def test_less_than_84_days_since_the_one_before_is_said_and_charted_all_the_same(therapist, path, charted):
    answer = therapist.post(path, data=form(state="planned", on="2026-04-13", insertion_on=""))
    assert answer.status_code == 303
    assert (
        "Only 42 days lie between this and the injection of March 2, 2026."
        in therapist.get(answer.headers["Location"]).text
    )


def test_a_row_is_added_and_taken_away_by_plain_buttons_and_nothing_is_charted(therapist, path, database):
    before = unchanged(database)
    page = therapist.post(path, data=form(sites=SITES[:1], add_site="1"))
    assert page.status_code == 200
    assert rows(page) == ["puborectalis", "puborectalis"]
    assert re.search(r'<option value="right" selected>', page.text), "a new row mirrors the one above"
    assert 'name="site_clock" value="9"' in page.text
    assert 'value="Dr Example"' in page.text, "the rest of the form is kept"
    page = therapist.post(path, data=form(remove_site="0"))
    assert rows(page) == ["puborectalis"]
    assert 'name="site_clock" value="9"' in page.text
    assert unchanged(database) == before


def test_htmx_gets_the_rows_alone(therapist, path):
    page = therapist.post(path, data=form(add_site="1"), headers={"HX-Request": "true"})
    assert page.text.lstrip().startswith('<fieldset class="sites group" id="sites">')
    assert len(rows(page)) == 3


def test_a_correction_stands_beside_what_was_charted_first(therapist, path, charted):
    page = f"{path}/{charted}"
    answer = therapist.post(page, data=form(sites=(), units="120", reason="The vial was read wrongly", after="1"))
    assert answer.status_code == 303
    text = therapist.get(page).text
    assert "120 units" in text
    assert "The vial was read wrongly" in text
    assert "Charted before" in text
    assert "100 units" in text


def test_a_planned_injection_is_given_without_a_reason_and_keeps_its_plan(therapist, path):
    page = therapist.post(path, data={"state": "planned", "on": "2026-03-02"}).headers["Location"]
    assert 'required autocomplete="off" aria-describedby="reason-hint"' not in therapist.get(page).text
    assert therapist.post(page, data=form(reason="", after="1")).status_code == 303
    text = therapist.get(page).text
    assert "Injection of March 2, 2026" in text
    assert "Charted before" in text
    assert "Corrected" not in text
    assert "corrected" not in therapist.get(path).text
    assert 'required autocomplete="off" aria-describedby="reason-hint"' in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": "", "after": "1"}, "Please fill this in."),
        ({"reason": "Again", "after": "0"}, "Somebody corrected this meanwhile."),
        ({"reason": "Again", "after": "x"}, "Somebody corrected this meanwhile."),
        ({"reason": "Again", "after": "1", "units": "7"}, "The sites sum to 100 units, the total says 7."),
    ],
)
def test_a_bad_correction_is_sent_back_open_and_changes_nothing(therapist, path, charted, database, changes, sentence):
    before = unchanged(database)
    page = therapist.post(f"{path}/{charted}", data=form(**changes))
    assert page.status_code == 422
    assert sentence in page.text
    assert "<details open" in page.text or 'open id="correct"' in page.text
    assert unchanged(database) == before


WHOLE = {
    "at": "09:30", "zone": "Europe/Madrid", "consent_on": "2026-02-20", "vial_units": "100", "dilution_ml": "2,5",
    "diluent": "saline 0.9 %, preservative-free", "discarded_units": "0", "lot": "C1234", "expires_on": "2027-01-31",
    "guidance": "EMG", "needle": "30 G", "anaesthesia": "conscious sedation", "anaesthetic": "bupivacaine",
    "theatre_mm": "29", "indwelling": "yes", "indwelling_mm": "25", "indwelling_until": "the next morning",
    "intercourse_on": "2026-03-16", "baths_on": "2026-03-09", "exertion_on": "2026-03-10",
    "aftercare": "Call us with fever.", "complications": "A small bruise.", "follow_up_on": "2026-03-30",
}  # fmt: skip
SAID = (
    "09:30", "Europe/Madrid", "Friday, February 20, 2026", "40 units per ml", "100 units + 2.5 ml",
    "saline 0.9 %, preservative-free", "0 units", "C1234", "January 31, 2027", "EMG", "30 G",
    "conscious sedation, bupivacaine", "29 mm", "25 mm, until the next morning", "Monday, March 16, 2026",
    "Monday, March 9, 2026", "Tuesday, March 10, 2026", "Call us with fever.", "A small bruise.",
    "Monday, March 30, 2026",
)  # fmt: skip


def whole(**changes):
    fields = form(sites=(), **{**WHOLE, **changes})
    for row in SITES:
        for name, value in zip(("muscle", "side", "clock", "units", "depth", "ml", "punctures"),
                               (*row, "intramuscular", "1.25", "2"), strict=True):  # fmt: skip
            fields.add(f"site_{name}", value)
    return fields


def test_everything_of_a_chart_is_read_back(therapist, path):
    page = therapist.get(therapist.post(path, data=whole()).headers["Location"]).text
    chart = page[page.index('<div class="chart"') : page.index('id="correct"')]
    assert [words for words in SAID if words not in chart] == []
    assert 'intramuscular</td><td class="number">1.25</td><td class="number">2</td>' in chart
    assert "2.5 ml at these sites" in chart


def test_a_correction_begins_with_everything_that_was_charted(therapist, path, database):
    page = therapist.post(path, data=whole()).headers["Location"]
    text = therapist.get(page).text
    typed = typed_in(text[text.index('id="correct"') : text.index("</form>", text.index('id="correct"'))])
    assert therapist.post(page, data=MultiDict([*typed, ("reason", "Read again")])).status_code == 303
    with database.read() as db:
        first, second = db.scalars(select(t.InjectionChart).order_by(t.InjectionChart.number)).all()
        names = set(t.InjectionChart.__mapper__.columns.keys()) - {"id", "number", "reason"}
        assert {name for name in names if getattr(first, name) != getattr(second, name)} == set()
        assert [(s.muscle, s.depth, s.ml, s.punctures) for s in second.sites] == [
            ("puborectalis", "intramuscular", 1.25, 2)
        ] * 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"zone": "Middle/Earth"}, "This time zone is not known."),
        ({"at": "half past two"}, "We could not read this time."),
        ({"at": "23:00"}, "This is still to come there."),
        ({"consent_on": "2026-03-03"}, "This lies after the injection."),
        ({"expires_on": "soon"}, "We could not read this day."),
        ({"vial_units": "0"}, "Please give more than 0"),
        ({"dilution_ml": "5000"}, "at most 1,000 ml"),
        ({"discarded_units": "60000"}, "Please give 0 to 50,000 units."),
        ({"theatre_mm": "290"}, "290 mm cannot be a size."),
        ({"indwelling": "no", "indwelling_mm": "25"}, "Size and time belong to a dilator that stayed in."),
        ({"indwelling": "perhaps"}, "Please choose yes or no, or leave it open."),
        ({"intercourse_on": "2026-03-01"}, "This lies before the injection."),
        ({"baths_on": "2036-03-01"}, "This day is very far away."),
        ({"follow_up_on": "2026-03-01"}, "This lies before the injection."),
        ({"lot": "x" * 200}, "Please keep this within 120 characters."),
        ({"aftercare": "x" * 20_000}, "Please keep this within 10000 characters."),
    ],
)
def test_a_bad_field_of_a_group_is_sent_back_in_its_group_that_stands_open(
    therapist, path, database, changes, sentence
):
    before = unchanged(database)
    page = therapist.post(path, data=form(**changes))
    assert page.status_code == 422
    assert sentence in page.text
    group = page.text[: page.text.index(sentence)].rpartition("<details")[2]
    assert group.startswith(" open")
    assert unchanged(database) == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"site_depth": "deep"}, "Please choose one of the depths"),
        ({"site_ml": "-1"}, "We could not read “-1”"),
        ({"site_ml": "5000"}, "at most 1,000 ml"),
        ({"site_punctures": "1.5"}, "Punctures are a whole number from 1 to 200."),
        ({"site_punctures": "0"}, "Punctures are a whole number from 1 to 200."),
    ],
)
def test_a_bad_part_of_a_site_is_sent_back_with_its_row_open(therapist, path, changes, sentence):
    page = therapist.post(path, data=form(sites=SITES[:1], units="50", **changes))
    assert page.status_code == 422
    assert sentence in page.text
    assert '<details class="site-more" open>' in page.text


def test_groups_in_which_nothing_is_filled_in_stay_closed(therapist, path):
    page = therapist.get(f"{path}/new").text
    more = page[page.index('<div class="more"') : page.index('for="notes"')]
    assert more.count("<details>") == 5
    page = therapist.post(path, data=form(lot="C1234", add_site="1")).text
    assert re.findall(r"<details( open)?>\s*<summary>([^<]*)", page) == [
        (" open", "Vial and dilution"),
        ("", "Technique and anaesthesia"),
        ("", "Dilators in theatre, complications"),
        ("", "Aftercare and follow-up"),
        ("", "Time and consent"),
    ]


def test_the_zone_is_hers_where_none_is_given(therapist, path, database):
    assert 'name="zone" value="Europe/Berlin"' in therapist.get(f"{path}/new").text
    therapist.post(path, data=form())
    with database.read() as db:
        assert db.scalars(select(t.InjectionChart.zone)).one() == "Europe/Berlin"


@pytest.mark.parametrize(
    ("vial", "ml", "words"),
    [
        ("100", "2,5", "40 units per ml"),
        ("100", "3", "33.33 units per ml"),
        ("100", "0", "Units per ml follow"),
        ("", "2", "Units per ml follow"),
        ("many", "2", "Units per ml follow"),
    ],
)
def test_units_per_ml_are_told_while_one_types_and_nothing_is_charted(
    therapist, path, charted, database, vial, ml, words
):
    before = unchanged(database)
    for address in (path, f"{path}/{charted}"):
        sent = form(vial_units=vial, dilution_ml=ml, tell="dilution", reason="x", after="1")
        page = therapist.post(address, data=sent, headers={"HX-Request": "true"})
        assert page.text.lstrip().startswith('<p id="dilution"')
        assert words in page.text
    assert unchanged(database) == before


def test_units_per_ml_are_told_without_a_script_too(therapist, path):
    page = therapist.post(path, data=form(vial_units="50", dilution_ml="0,125", add_site="1")).text
    assert "400 units per ml" in page


def test_what_had_expired_is_warned_of_and_charted_all_the_same(therapist, path):
    answer = therapist.post(path, data=whole(expires_on="2026-03-01"))
    assert answer.status_code == 303
    assert "expired on March 1, 2026, before the injection." in therapist.get(answer.headers["Location"]).text
    assert "expired before its day" in therapist.get(path).text
    other = therapist.post(path, data=whole(expires_on="2026-03-02", again="yes")).headers["Location"]
    assert "expired on" not in therapist.get(other).text


def test_a_new_row_mirrors_depth_volume_and_punctures_too(therapist, path):
    fields = form(sites=SITES[:1], site_depth="fascial", site_ml="0.5", site_punctures="3", add_site="1")
    page = therapist.post(path, data=fields).text
    assert page.count('<option value="fascial" selected>') == 2
    assert page.count('name="site_ml" value="0.5"') == 2
    assert "Sites: 100 units, 1 ml" in page


def test_rows_of_a_correction_change_by_plain_buttons_too(therapist, path, charted, database):
    before = unchanged(database)
    page = therapist.post(f"{path}/{charted}", data=form(remove_site="1", after="1"))
    assert page.status_code == 200
    assert rows(page) == ["puborectalis"]
    assert unchanged(database) == before


def test_what_a_therapist_wrote_is_shown_as_text_that_htmx_leaves_alone(therapist, path):
    answer = therapist.post(path, data=form(notes='<i hx-get="/patients">x</i>'))
    page = therapist.get(answer.headers["Location"]).text
    assert "<i hx-get" not in page
    chart = page[page.index('<div class="chart"') :]
    assert chart.startswith('<div class="chart" hx-ignore>')


def test_units_of_different_products_are_never_added_up(therapist, path, charted):
    therapist.post(
        path, data=form(sites=(), product="abobotulinumtoxinA (Dysport)", units="300", on="2025-06-02", insertion_on="")
    )
    page = therapist.get(path).text
    assert "100 units" in page
    assert "300 units" in page
    assert "400 units" not in page


def test_only_her_own_therapist_reads_and_charts(client_for, cast, path, charted, database):
    for who in ("team_outsider", "outsider", "patient", "other_patient"):
        browser = client_for(getattr(cast, who))
        before = unchanged(database)
        assert browser.get(path).status_code == 404, who
        assert browser.get(f"{path}/{charted}").status_code == 404, who
        assert browser.post(path, data=form()).status_code == 404, who
        assert browser.post(path, data=form(add_site="1")).status_code == 404, who
        assert browser.post(f"{path}/{charted}", data=form(reason="No", after="1")).status_code == 404, who
        assert unchanged(database) == before
    assert client_for(None).get(path).status_code == 303


def test_an_injection_is_not_found_under_another_patient(therapist, cast, charted):
    path = f"/patients/{cast.other_patient.patient_id}/injections/{charted}"
    assert therapist.get(path).status_code == 404
    assert therapist.post(path, data=form(reason="No", after="1")).status_code == 404


def test_the_day_that_stands_in_the_form_is_hers(client_for, cast, path, clock):
    clock.now += timedelta(hours=14, minutes=30)  # 23:30 in London, past midnight in Berlin
    assert 'value="2026-03-03"' in client_for(cast.therapist).get(f"{path}/new").text


def test_the_row_that_is_removed_is_the_one_that_was_clicked_also_below_a_blank_one(therapist, path):
    sites = (("A", "left", "", "10"), ("", "left", "", ""), ("C", "right", "", "30"))
    assert rows(therapist.post(path, data=form(sites=sites, remove_site="1"))) == ["A", "C"]
    assert "C" not in rows(therapist.post(path, data=form(sites=sites, remove_site="2")))


def test_an_injection_given_elsewhere_is_charted_with_its_dose_told_as_not_known(therapist, path):
    answer = therapist.post(path, data={"state": "given", "on": "2025-09-01", "product": "given elsewhere"})
    assert answer.status_code == 303
    assert "dose not known" in therapist.get(answer.headers["Location"]).text
    assert "dose not known" in therapist.get(path).text


@pytest.mark.parametrize(("text", "number"), [("3.125", 3.125), ("3,125", 3.125), ("1,000", None), ("2.500", None)])
def test_three_decimals_are_read_and_thousands_are_not_guessed(text, number):
    assert number_in(text) == number


def test_a_short_interval_names_the_other_day_and_calls_neither_the_next(therapist, path):
    for on in ("2026-01-20", "2026-03-02"):
        therapist.post(path, data=form(on=on, insertion_on=""))
    text = therapist.get(path).text
    assert "41 days from that of Mar 2, 2026" in text
    assert "41 days from that of Jan 20, 2026" in text


STAYED = "and these days stayed as they were: Insertion from March 17, 2026, "


def test_a_moved_injection_names_the_first_days_that_it_left_behind_in_the_form_and_on_its_page(therapist, path):
    planned = {"state": "planned", "on": "2026-03-10", "insertion_on": "2026-03-17", "baths_on": "2026-03-20"}
    page = therapist.post(path, data=planned).headers["Location"]
    assert "stayed as they were" not in therapist.get(page).text
    moved = {**planned, "on": "2026-03-17", "reason": "She was ill", "after": "1"}
    said = f"{STAYED}the day of the injection itself; Baths from March 20, 2026, 3 days after it."
    told = therapist.post(page, data={**moved, "tell": "effect"}, headers={"HX-Request": "true"}).text
    assert said in told
    assert said in therapist.post(page, data={**moved, "reason": ""}).text
    assert therapist.post(page, data=moved).status_code == 303
    assert said in therapist.get(page).text
    assert "moved, first days stayed" in therapist.get(path).text


def test_first_days_that_moved_along_or_were_set_anew_are_not_named(therapist, path):
    planned = {"state": "planned", "on": "2026-03-10", "insertion_on": "2026-03-17"}
    page = therapist.post(path, data=planned).headers["Location"]
    along = {**planned, "on": "2026-03-12", "insertion_on": "2026-03-19", "reason": "Moved", "after": "1"}
    therapist.post(page, data=along)
    assert "stayed as they were" not in therapist.get(page).text
    therapist.post(page, data={**along, "on": "2026-03-11", "after": "2"})
    therapist.post(page, data={**along, "on": "2026-03-11", "notes": "Read again", "after": "3"})
    text = therapist.get(page).text
    assert "moved from March 12, 2026 to March 11, 2026" in text, "a later chart takes the warning from nobody"
    therapist.post(page, data={**along, "on": "2026-03-11", "insertion_on": "2026-03-18", "after": "4"})
    assert "stayed as they were" not in therapist.get(page).text


def test_the_same_form_sent_twice_charts_one_injection_until_the_second_is_confirmed(therapist, path, database):
    assert therapist.post(path, data=form()).status_code == 303
    before = unchanged(database)
    page = therapist.post(path, data=form())
    assert page.status_code == 422
    assert "An injection of March 2, 2026 is charted as given already." in page.text
    assert '<input type="checkbox" name="again" value="yes"' in page.text
    assert unchanged(database) == before
    assert therapist.post(path, data=form(again="yes")).status_code == 303
    assert len(re.findall(r"<li class=\"stack\">", therapist.get(path).text)) == 2


def test_who_wrote_each_chart_stands_beside_it_with_her_own_day(client_for, path, charted, cast, database, clock):
    with database.write() as db:
        db.scalars(select(t.InjectionChart)).one().charted_by_id = cast.team_outsider.account_id
    clock.now += timedelta(hours=14, minutes=30)  # 23:30 in London, past midnight in Berlin
    therapist = client_for(cast.therapist)
    assert "Charted on Mar 2, 2026 by Jana." in therapist.get(f"{path}/{charted}").text
    therapist.post(f"{path}/{charted}", data=form(operator="Dr Other", reason="Read again", after="1"))
    text = therapist.get(f"{path}/{charted}").text
    assert "Corrected on Mar 3, 2026 by Ines: Read again" in text
    assert "Chart 1, Mar 2, 2026 · <span hx-ignore>Jana</span>" in text


ONE_SITE = (("puborectalis", "left", "3", "100"),)


@pytest.mark.parametrize(
    ("sites", "changes", "sentence", "badge"),
    [
        (
            ONE_SITE,
            {"vial_units": "100", "dilution_ml": "10", "site_ml": "2"},
            "puborectalis: 2 ml at 10 units per ml are 20 units, and 100 are charted.",
            "ml and units differ",
        ),
        (ONE_SITE, {"vial_units": "50", "discarded_units": "300"}, "a vial holds 50.", "more discarded than a vial"),
        ((("puborectalis", "left", "9", "100"),), {}, "left and 9 o&#39;clock do not go together", "side and clock"),
        ((("perineal body", "midline", "3", "100"),), {}, "midline and 3 o&#39;clock do not go", "side and clock"),
    ],
)
def test_what_contradicts_itself_is_warned_of_and_charted_all_the_same(
    therapist, path, sites, changes, sentence, badge
):
    answer = therapist.post(path, data=form(sites=sites, **changes))
    assert answer.status_code == 303
    assert sentence in therapist.get(answer.headers["Location"]).text
    assert badge in therapist.get(path).text
    assert sentence in therapist.post(path, data=form(sites=sites, on="2026-03-01", add_site="1", **changes)).text


@pytest.mark.parametrize(
    ("sites", "changes"),
    [
        (ONE_SITE, {"vial_units": "100", "dilution_ml": "2.4", "site_ml": "2.4"}),
        ((("puborectalis", "left", "3", "16.67"),), {"vial_units": "100", "dilution_ml": "3", "site_ml": "0.5"}),
        (ONE_SITE, {"vial_units": "100", "discarded_units": "100"}),
        ((("puborectalis", "left", "12", "50"), ("perineal body", "midline", "6", "50")), {}),
    ],
)
def test_what_fits_together_is_not_warned_of(therapist, path, sites, changes):
    units = "16.67" if len(sites) == 1 and sites[0][3] == "16.67" else "100"
    page = therapist.post(path, data=form(sites=sites, units=units, **changes)).headers["Location"]
    text = therapist.get(page).text
    assert "notice-attention" not in text


def test_the_form_says_whose_left_it_is_and_from_where_the_clock_is_seen(therapist, path):
    assert "Sides are hers. The clock is seen from below" in therapist.get(f"{path}/new").text


def test_offered_terms_are_stored_once_and_read_in_the_language_of_who_reads(therapist, path, database):
    therapist.post("/settings/language", data={"language": "es", "next": "/"})
    offered = therapist.get(f"{path}/new").text
    for term in ("cuerpo perineal", "bloqueo del nervio pudendo", "ecografía"):
        assert f'<option value="{term}">' in offered
    sites = (("Cuerpo perineal", "midline", "", "60"), ("músculo mío", "left", "", "40"))
    sent = form(sites=sites, anaesthesia="Bloqueo del nervio pudendo", guidance="a mano", diluent="agua")
    page = therapist.post(path, data=sent).headers["Location"]
    with database.read() as db:
        chart = db.scalars(select(t.InjectionChart)).one()
        assert (chart.anaesthesia, chart.guidance, chart.diluent) == ("pudendal block", "a mano", "agua")
        assert [site.muscle for site in chart.sites] == ["perineal body", "músculo mío"]
    text = therapist.get(page).text
    for words in ("<td>cuerpo perineal</td>", "<td>músculo mío</td>", "<dd>bloqueo del nervio pudendo</dd>"):
        assert words in text
    assert 'name="site_muscle" value="cuerpo perineal"' in text
    therapist.post("/settings/language", data={"language": "en", "next": "/"})
    english = therapist.get(page).text
    assert "<td>perineal body</td>" in english
    assert "<dd>pudendal block</dd>" in english
