"""Importing programs, their revisions, and who may read them."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from coach.db import tables as t
from coach.services import assignments, programs
from coach.services.access import NotFound
from tests.cast import NOW
from tests.language.texts import SAMPLE, SMALL, library, nothing


def _import(db, viewer, text=SMALL, *, key="calm", read=nothing, now=NOW):
    return programs.import_text(db, viewer, key=key, text=text, imports_reader=read, now=now)


def test_an_imported_text_becomes_the_first_revision(db, cast):
    imported = _import(db, cast.therapist.viewer)

    assert imported.is_new
    assert (imported.program.key, imported.program.title, imported.revision.number) == ("calm", "Calm", 1)
    assert (imported.revision.text, imported.revision.published_at) == (SMALL, NOW)
    assert imported.revision.published_by_id == cast.therapist.account_id
    assert [problem.code for problem in imported.problems] == ["no-reviewer"]


def test_a_text_with_errors_changes_nothing(db, cast):
    imported = _import(db, cast.therapist.viewer, SMALL.replace("reps", "resp"))

    assert (imported.program, imported.revision, imported.is_new) == (None, None, False)
    assert "unknown-key" in [problem.code for problem in imported.problems]
    assert db.scalar(select(func.count()).select_from(t.Program)) == 0
    assert db.scalar(select(func.count()).select_from(t.Revision)) == 0


MILLIMETRES = """\
title: Sizes
exercises:
  stay: {kind: dilator, title: Stay, cue: Stay., size: $dilator, for: 2min}
  hello: {kind: dilator, title: Hello, cue: Hello., size: $dilator + 1, until: tap, at_most: 1min}
  fixed: {kind: dilator, title: Fixed, cue: Fixed., size: 30mm, for: 1min}
ladders:
  dilator: {kind: dilator, rungs: own set, start: chosen at assignment}
sessions:
  practice: {title: Practice, steps: [stay, hello, fixed]}
"""

MANY = SMALL.replace("    reps: 10\n", "    reps: $breaths\n").replace(
    "    steps: [breathing]\n",
    "    steps: [breathing]\n    variants:\n"
    + "".join(f"      v{n}: {{title: Shorter, scale: {n + 1}%, counts: 100%}}\n" for n in range(20)),
)
MANY = MANY.split("phases:")[0] + (
    "parameters:\n  breaths: {type: count, default: 10, min: 1, max: 60}\nphases:\n"
    + "".join(
        f"  - id: p{n}\n    title: Phase\n    from: start + {n}w\n    to: start + {7 * n + 6}d\n"
        f"    set: {{breaths: {n + 1}}}\n    do: {{calm: 1 per day}}\n"
        for n in range(60)
    )
)


def test_what_a_session_itself_names_is_kept_though_it_is_above_the_rung(db, cast):
    imported = _import(db, cast.therapist.viewer, MILLIMETRES, key="sizes")

    assert imported.is_new
    assert imported.breaches == ()


def test_a_text_whose_sessions_cannot_all_be_walked_changes_nothing_and_says_why(db, cast):
    imported = _import(db, cast.therapist.viewer, MANY, key="many")

    assert not [problem for problem in imported.problems if problem.severity == "error"]
    assert [(each.code, each.message) for each in imported.breaches] == [
        ("too_many", "the program has more than 1000 different sessions; give it fewer variants or phases")
    ]
    assert (imported.program, imported.revision, imported.is_new) == (None, None, False)
    assert db.scalar(select(func.count()).select_from(t.Program)) == 0
    assert db.scalar(select(func.count()).select_from(t.Revision)) == 0


def test_an_unchanged_text_makes_no_new_revision(db, cast):
    first = _import(db, cast.therapist.viewer)
    again = _import(db, cast.therapist.viewer, now=NOW + timedelta(days=1))

    assert not again.is_new
    assert again.revision.id == first.revision.id


def test_bytes_and_text_of_one_program_are_the_same_revision(db, cast):
    first = _import(db, cast.therapist.viewer)

    assert _import(db, cast.therapist.viewer, SMALL.encode()).revision.id == first.revision.id


def test_a_changed_text_makes_the_next_revision_and_leaves_the_first_as_it_was(db, cast):
    first = _import(db, cast.therapist.viewer)
    second = _import(db, cast.therapist.viewer, SMALL.replace("title: Calm\n", "title: Calmer\n", 1))

    assert (second.program.id, second.revision.number) == (first.program.id, 2)
    assert second.program.title == "Calmer"
    assert programs.load(db, first.revision.id).title.default == "Calm"
    assert [r.number for r in programs.revisions_of(db, cast.therapist.viewer, first.program.id)] == [2, 1]


def test_a_changed_import_makes_a_new_revision_of_the_same_text(db, cast):
    first = _import(db, cast.therapist.viewer, SAMPLE, key="sample", read=library)

    def changed(name):
        return library(name).replace(b"en: Settle", b"en: Arrive")

    second = _import(db, cast.therapist.viewer, SAMPLE, key="sample", read=changed)

    assert second.is_new
    assert programs.load(db, first.revision.id).exercises["settle"].title.default == "Settle"
    assert programs.load(db, second.revision.id).exercises["settle"].title.default == "Arrive"


def test_a_revision_keeps_what_it_imported(db, cast):
    imported = _import(db, cast.therapist.viewer, SAMPLE, key="sample", read=library)

    assert set(imported.revision.imports) == {"library/relaxation", "library/stretches"}
    assert "hips" in programs.load(db, imported.revision.id).sessions


def test_a_loaded_program_is_kept_and_cannot_be_changed(db, cast):
    revision = _import(db, cast.therapist.viewer).revision
    program = programs.load(db, revision.id)

    assert programs.load(db, revision.id) is program
    with pytest.raises(dataclasses.FrozenInstanceError):
        program.title = None


def test_a_revision_that_does_not_exist_is_not_found(db, cast):
    with pytest.raises(NotFound):
        programs.load(db, cast.therapist.account_id)


@pytest.fixture
def outgrown(db, cast):
    """A revision that an earlier version took and this one refuses, and what it was assigned as."""
    imported = _import(db, cast.therapist.viewer)
    given = assignments.assign(
        db,
        cast.therapist.viewer,
        cast.patient.patient_id,
        program_id=imported.program.id,
        start_on=NOW.date(),
        now=NOW,
    )
    programs._programs.pop(imported.revision.id, None)
    imported.revision.text = SMALL.replace("reps", "resp")
    db.flush()
    return given


def test_a_revision_that_this_version_refuses_is_named_with_its_place(db, outgrown):
    with pytest.raises(programs.RefusedNow, match=rf"calm, revision {outgrown.revision_id}: line \d+ of calm.yaml"):
        programs.load(db, outgrown.revision_id)


def test_revisions_in_use_that_this_version_refuses_are_found_and_no_others(db, cast, outgrown):
    today = NOW.date()
    (found,) = programs.refused_now(db, today=today)
    assert str(outgrown.revision_id) in found
    outgrown.ends_on = today
    db.flush()
    assert programs.refused_now(db, today=today) == (found,)
    assert programs.refused_now(db, today=today + timedelta(days=1)) == ()
    outgrown.revision_id = _import(db, cast.therapist.viewer, key="other").revision.id
    db.flush()
    assert programs.refused_now(db, today=today) == ()


def test_two_clinics_have_a_program_of_the_same_name_each(db, cast):
    ours, theirs = _import(db, cast.therapist.viewer), _import(db, cast.outsider.viewer)

    assert ours.program.id != theirs.program.id
    assert [each.program.id for each in programs.programs_of(db, cast.therapist.viewer)] == [ours.program.id]
    assert [each.program.id for each in programs.programs_of(db, cast.outsider.viewer)] == [theirs.program.id]


def test_the_programs_of_a_clinic_come_with_their_newest_revision(db, cast):
    _import(db, cast.therapist.viewer)
    second = _import(db, cast.therapist.viewer, SMALL + "author: A\n")
    _import(db, cast.therapist.viewer, SMALL.replace("title: Calm\n", "title: Arriving\n", 1), key="arriving")

    listed = programs.programs_of(db, cast.team_outsider.viewer)

    assert [(each.program.key, each.newest.number) for each in listed] == [("arriving", 1), ("calm", 2)]
    assert listed[1].newest.id == second.revision.id


@pytest.mark.parametrize("who", ["patient", "other_patient", "outsider", "outside_patient"])
def test_who_is_no_therapist_of_the_clinic_reads_no_program_of_it(db, cast, who):
    imported = _import(db, cast.therapist.viewer)
    viewer = getattr(cast, who).viewer

    with pytest.raises(NotFound):
        programs.revision(db, viewer, imported.revision.id)
    with pytest.raises(NotFound):
        programs.revisions_of(db, viewer, imported.program.id)
    with pytest.raises(NotFound):
        programs.newest(db, viewer, imported.program.id)
    assert list(programs.programs_of(db, viewer)) == []


@pytest.mark.parametrize("who", ["therapist", "team_outsider"])
def test_every_therapist_of_the_clinic_reads_its_programs(db, cast, who):
    imported = _import(db, cast.therapist.viewer)
    viewer = getattr(cast, who).viewer

    assert programs.revision(db, viewer, imported.revision.id).text == SMALL
    assert programs.newest(db, viewer, imported.program.id).number == 1


def test_a_patient_imports_nothing(db, cast):
    with pytest.raises(NotFound):
        _import(db, cast.patient.viewer)
    assert db.scalar(select(func.count()).select_from(t.Program)) == 0


def test_the_warnings_of_a_revision_can_be_read_again(db, cast):
    revision = _import(db, cast.therapist.viewer).revision

    assert [problem.code for problem in programs.problems_of(revision, "calm")] == ["no-reviewer"]
