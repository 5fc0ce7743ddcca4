"""Her own set in the browser: the generic one offered, sizes changed in place, the effect read before it applies."""

from __future__ import annotations

import re

import pytest

from tests.web.test_assignments import injection, own_set, path, sizes, standing, therapist, unchanged

__all__ = ["injection", "own_set", "path", "sizes", "standing", "therapist"]  # fixtures


@pytest.fixture
def page(cast):
    return f"/patients/{cast.patient.patient_id}/dilators"


def form(**changes):
    return {"size.d1": "13", "size.d2": "16", "size.d3": "19"} | changes


def test_without_a_set_the_generic_one_is_offered_and_taken(therapist, page):
    text = therapist.get(page).text
    assert "A generic set, of no maker: 13 · 16 · 19 · 22 · 25 · 29 · 32 · 36 mm." in text
    sizes = re.search(r'name="dilators_mm" value="([^"]+)"', text)[1]
    assert therapist.post(page, data={"dilators_mm": sizes}).status_code == 303
    assert re.findall(r'name="size\.(d\d)" value="([\d.]+)"', therapist.get(page).text)[-1] == ("d8", "36")


def test_sizes_and_labels_are_changed_in_place(therapist, page, own_set):
    answer = therapist.post(f"{page}/changes", data=form(**{"size.d3": "24,5", "label.d3": "the blue one"}))
    assert answer.status_code == 303
    text = therapist.get(page).text
    assert 'name="size.d3" value="24.5"' in text
    assert 'value="the blue one"' in text
    assert "From 16 to 24.5 mm is a step of more than 5 mm." in text


def test_what_a_change_does_to_her_place_is_read_before_it_applies(therapist, page, standing, database):
    before = unchanged(database)
    answer = therapist.post(f"{page}/changes", data=form(**{"size.d1": "14"}))
    assert answer.status_code == 422
    assert "dilator: she stands on 13 mm and goes on at 14 mm from today." in answer.text
    assert 'name="size.d1" value="14"' in answer.text
    assert unchanged(database) == before
    assert therapist.post(f"{page}/changes", data=form(**{"size.d1": "14"}, confirmed="yes")).status_code == 303


def test_a_size_that_cannot_be_read_is_sent_back_as_it_was_typed(therapist, page, own_set, database):
    before = unchanged(database)
    answer = therapist.post(f"{page}/changes", data=form(**{"size.d2": "medium"}))
    assert answer.status_code == 422
    assert "We could not read “medium”." in answer.text
    assert 'name="size.d2" value="medium"' in answer.text
    assert unchanged(database) == before


def test_the_smallest_that_she_stands_on_stays(therapist, page, standing):
    answer = therapist.post(f"{page}/changes", data=form(**{"gone.d1": "on"}))
    assert answer.status_code == 422
    assert "all that would stay are larger" in answer.text


def test_a_page_that_does_not_know_the_set_as_it_is_changes_nothing(therapist, page, own_set, database):
    seen = form(**{"label.d1": "the small one"})
    assert therapist.post(page, data={"dilators_mm": "17.5"}).status_code == 303
    before = unchanged(database)
    answer = therapist.post(f"{page}/changes", data=seen)
    assert answer.status_code == 422
    assert unchanged(database) == before
    assert therapist.post(f"{page}/changes", data=seen | {"size.d4": "17.5", "gone.d3": "on"}).status_code == 303
    assert re.findall(r'name="size\.(d\d)"', therapist.get(page).text) == ["d1", "d2", "d4"]
