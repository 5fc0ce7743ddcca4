"""What people wrote reaches a page as text and as nothing else."""

from __future__ import annotations

import re

import pytest
from jinja2 import StrictUndefined
from jinja2.exceptions import UndefinedError

from coach import resource
from coach.db import tables as t

TEMPLATES = sorted(resource("templates").rglob("*.html"))
HOSTILE = '<b hx-get="/sign-out" hx-trigger="load">{{ 7 * 7 }} ${7*7} %(x)s {0.__class__}</b>'


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_lets_no_text_be_markup(template):
    text = template.read_text(encoding="utf-8")
    for way_out in (r"\|\s*safe\b", r"\bMarkup\b", r"autoescape\s+false", r"\bhx-on", r"\bhx-vals\s*=\s*.js:"):
        assert not re.search(way_out, text), way_out


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_form_that_writes_carries_the_token(template):
    text = template.read_text(encoding="utf-8")
    for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL):
        if re.search(r"""method=["']post""", form, re.IGNORECASE):
            assert "csrf_field()" in form


def test_templates_escape_and_know_every_name(app):
    assert app.jinja_env.undefined is StrictUndefined
    with app.test_request_context():
        assert app.jinja_env.from_string("{{ text }}").render(text="<") == "&lt;"
        with pytest.raises(UndefinedError):
            app.jinja_env.from_string("{{ nowhere }}").render()


@pytest.mark.parametrize("path", ["/patients", "/patients/{patient}/injections", "/patients/{patient}/assignments"])
def test_a_name_that_is_markup_is_shown_as_it_was_written(client_for, cast, samples, database, path):
    with database.write() as db:
        db.get_one(t.Patient, cast.patient.patient_id).name = HOSTILE
    page = client_for(cast.therapist).get(path.format(patient=cast.patient.patient_id)).text
    assert "&lt;b hx-get=" in page
    assert "<b hx-get" not in page
    assert "{{ 7 * 7 }} ${7*7} %(x)s {0.__class__}" in page


def test_a_sign_in_name_that_is_markup_comes_back_as_text(client_for):
    page = client_for(None).post("/sign-in", data={"name": f'"{HOSTILE}', "password": "-", "next": f'"{HOSTILE}'})
    assert page.status_code == 422
    assert "<b hx-get" not in page.text
    assert "&lt;b hx-get=" in page.text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_page_takes_the_day_of_an_instant_without_a_zone(template):
    assert ".date()" not in template.read_text(encoding="utf-8"), "format_day_of says it on somebody's calendar"
