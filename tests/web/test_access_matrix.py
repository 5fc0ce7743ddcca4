"""Every route as every role: who may, and that for all others it does not exist and nothing changes.

A route that is missing here fails. Every object asked for is the cast's patient's; where a request writes, its body is
one that her own people's requests are accepted with, so that a refusal is never owed to a bad form.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from coach.app import create_app
from coach.web.access import UndeclaredEndpoint, require_declared
from tests.cast import PASSWORD, Cast
from tests.samples import PROGRAM, Samples
from tests.web.conftest import FAST, Clock, make_app
from tests.web.digest import digest
from tests.web.routes import calls, path_of

NOBODY = "nobody"
PEOPLE = ("patient", "other_patient", "outside_patient", "therapist", "team_outsider", "outsider")
PRINCIPALS = (NOBODY, *PEOPLE)

EVERYBODY = frozenset(PRINCIPALS)
SIGNED_IN = frozenset(PEOPLE)
PATIENTS = frozenset({"patient", "other_patient", "outside_patient"})
THERAPISTS = frozenset({"therapist", "team_outsider", "outsider"})
HERSELF = frozenset({"patient"})
HER_THERAPIST = frozenset({"therapist"})
HER_CLINICS = frozenset({"therapist", "team_outsider"})

# What only the patient, her therapist and her clinic may read.
CANARIES = ("CANARY", "Mara", "Noor", "Quiet minutes", "Belly breathing")
INJECTION = {
    "state": "given", "product": "Example", "units": "50",
    "reason": "the units were misread", "operator": "", "notes": "",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """`body` makes the form (or JSON) of a request that is accepted."""

    may: frozenset[str]
    body: Callable[[Cast, Samples], dict[str, Any]] | None = None
    is_json: bool = False
    changes: bool = True  # whether a request that is accepted writes


def fields(**form: Any) -> Callable[[Cast, Samples], dict[str, Any]]:
    return lambda _cast, _samples: form


MATRIX = {
    "GET sign_in.start": Case(EVERYBODY),
    "GET sign_in.show": Case(EVERYBODY),
    "GET sign_in.use": Case(EVERYBODY),
    "POST sign_in.create": Case(EVERYBODY, lambda cast, _: {"name": cast.patient.sign_in_name, "password": PASSWORD}),
    "POST sign_in.destroy": Case(SIGNED_IN, fields()),
    "POST language.create": Case(SIGNED_IN, fields(language="es", next="/")),
    "GET assets.show": Case(EVERYBODY),
    "GET invitations.show": Case(EVERYBODY),
    "POST invitations.create": Case(EVERYBODY, fields(name="lena", password="four quiet mornings")),
    # Patients
    "GET today.show": Case(PATIENTS),
    # Of ids that are not hers nothing changes: tests/web/test_notices.py
    "POST notices.acknowledge": Case(PATIENTS, lambda _, made: {"notice": made.notice_id}, changes=False),
    "GET pause.index": Case(PATIENTS),
    "POST pause.create": Case(PATIENTS, fields(why="travel", first_on="2026-03-02", last_on="")),
    "POST pause.end": Case(HERSELF, fields()),
    # Where it is not offered nothing changes: tests/web/test_phases.py
    "POST parts.end": Case(
        HERSELF, lambda _, made: {"assignment_id": made.assignment_id, "part": "weeks"}, changes=False
    ),
    "GET reminders.show": Case(PATIENTS),
    "POST reminders.create": Case(PATIENTS, fields(channel="none")),
    "GET check.show": Case(PATIENTS),
    "POST check.create": Case(PATIENTS, fields(**{"check.0": "x", "id.0": str(uuid.UUID(int=8)), "answer.0": "yes"})),
    "POST check.upload": Case(
        HERSELF,
        fields(events=[{"id": str(uuid.UUID(int=9)), "check": "x", "value": True, "at": 1_772_442_000_000}]),
        is_json=True,
    ),
    "GET rungs.show": Case(PATIENTS),
    "POST rungs.create": Case(
        HERSELF, lambda _, made: {"assignment_id": made.assignment_id, "ladder": "dilator", "rung": "d1"}, changes=False
    ),  # she is there already: a rung below it is for tests of its own
    "POST rungs.answer": Case(
        HERSELF,
        lambda _, made: {
            "assignment_id": made.assignment_id,
            "ladder": "dilator",
            "proposal_id": made.proposal_id,
            "answer": "take",
        },
    ),
    "GET sessions.prepare": Case(HERSELF),
    "POST sessions.create": Case(
        HERSELF, lambda _, made: {"assignment_id": made.assignment_id, "session_key": made.session_key}
    ),
    "GET sessions.play": Case(HERSELF),
    "POST sessions.upload": Case(
        HERSELF,
        fields(
            client_now=1_772_442_000_000,
            events=[
                {
                    "id": str(uuid.UUID(int=7)),
                    "seq": 2,
                    "kind": "paused",
                    "guided_ms": 1000,
                    "mono_ms": 1000,
                    "at": 1_772_442_000_000,
                    "body": {"why": "tap"},
                }
            ],
        ),
        is_json=True,
    ),
    "GET sessions.show_summary": Case(HERSELF),
    # Therapists
    "GET patients.index": Case(THERAPISTS),
    "GET patients.new": Case(THERAPISTS),
    "POST patients.create": Case(
        THERAPISTS, fields(name="Somebody new", zone="Europe/Berlin", language="en", dilators_mm="")
    ),
    "GET patients.invitation": Case(HER_THERAPIST),
    "POST patients.invite": Case(HER_THERAPIST, fields(), changes=False),  # she has an account: no link is made
    "GET dilators.show": Case(HER_THERAPIST),
    "POST dilators.create": Case(HER_THERAPIST, fields(dilators_mm="22, 25")),
    "POST dilators.change": Case(
        HER_THERAPIST, fields(**{"size.d1": "13", "size.d2": "17", "label.d1": "the small one"})
    ),
    "GET as_patient.show": Case(HER_THERAPIST),
    "GET reviews.show": Case(HER_THERAPIST),
    "GET reviews.session": Case(HER_THERAPIST),
    "GET alerts.index": Case(HER_THERAPIST),
    "POST alerts.acknowledge": Case(HER_THERAPIST, fields(note="called her")),
    "GET assignments.index": Case(HER_THERAPIST),
    "GET assignments.new": Case(HER_THERAPIST),
    "POST assignments.create": Case(
        HER_THERAPIST,
        lambda _, made: {
            "program_id": made.other_program_id,
            "start_on": "2026-03-10",
            "injection_id": "",
            "placements.dilator": "d1",
        },
    ),
    "GET assignment_page.show": Case(HER_THERAPIST),
    "POST assignment_page.move": Case(
        HER_THERAPIST,
        lambda _, made: {
            "revision_id": made.revision_id,
            "injection_id": made.injection_id,
            "reason": "–",
            "after": "0",
        },
    ),
    "POST assignment_page.extend": Case(HER_THERAPIST, fields(ends_on="", reason="–", after="0"), changes=False),
    "POST assignment_page.end": Case(HER_THERAPIST, fields(when="now", reason="–", after="0"), changes=False),
    "POST assignment_page.restart": Case(
        HER_THERAPIST, fields(on="2026-03-20", down="1", reason="–", after="0"), changes=False
    ),  # their effect is shown first; tests/web/test_assignment_page.py sends it then
    "GET ladders.show": Case(HER_THERAPIST),
    "POST ladders.answer": Case(
        HER_THERAPIST,
        lambda _, made: {
            "assignment_id": made.assignment_id,
            "ladder": "dilator",
            "proposal_id": made.proposal_id,
            "answer": "accept",
        },
    ),
    "POST ladders.place": Case(
        HER_THERAPIST,
        lambda _, made: {"assignment_id": made.assignment_id, "ladder": "dilator", "rung": "d2", "reason": "calm"},
    ),
    "GET consultations.index": Case(HER_THERAPIST),
    "GET consultations.new": Case(HER_THERAPIST),
    "POST consultations.create": Case(HER_THERAPIST, fields(on="2026-02-20", oxford="3")),
    "GET consultations.show": Case(HER_THERAPIST),
    "POST consultations.correct": Case(
        HER_THERAPIST, fields(on="2026-01-19", oxford="3", reason="misheard", after="1")
    ),
    "GET injections.index": Case(HER_THERAPIST),
    "GET injections.new": Case(HER_THERAPIST),
    "POST injections.create": Case(HER_THERAPIST, fields(**INJECTION, on="2026-02-20", insertion_on="2026-02-27")),
    "GET injections.show": Case(HER_THERAPIST),
    "POST injections.correct": Case(
        HER_THERAPIST, fields(**INJECTION, on="2026-02-02", insertion_on="2026-02-09", after="1")
    ),
    "POST effects.note": Case(HER_THERAPIST, fields(kind="peak", on="2026-02-20", after="0")),
    "POST effects.change_bands": Case(
        HER_THERAPIST, fields(onset="1", plateau="14", waning="70", worn_off="150", reason="slower", after="1")
    ),
    "POST side_effects.create": Case(HER_THERAPIST, fields(what="bruising", severity="mild", began_on="2026-02-03")),
    "GET side_effects.show": Case(HER_THERAPIST),
    "POST side_effects.correct": Case(
        HER_THERAPIST,
        fields(
            what="soreness", severity="moderate", began_on="2026-02-04", ended_on="2026-02-20", reason="x", after="1"
        ),
    ),
    "GET phases.index": Case(HER_THERAPIST),
    "POST phases.create": Case(
        HER_THERAPIST, lambda _, made: {"assignment_id": made.assignment_id, "phase": "weeks", "reason": "it is enough"}
    ),
    "GET pauses.index": Case(HER_THERAPIST),
    "POST pauses.create": Case(HER_THERAPIST, fields(why="hold", first_on="2026-03-02", note="until we have talked")),
    "POST pauses.end": Case(HER_THERAPIST, fields()),
    "GET bands.index": Case(THERAPISTS),
    "POST bands.create": Case(
        THERAPISTS,
        fields(onset="1", plateau="14", waning="70", worn_off="150", before="1-14-84-182", reason="By experience"),
    ),
    "GET programs.index": Case(THERAPISTS),
    "GET programs.new": Case(THERAPISTS),
    "POST programs.create": Case(
        THERAPISTS, fields(key="other-minutes", text=PROGRAM.replace("Quiet minutes", "Other minutes"))
    ),
    "GET programs.show": Case(HER_CLINICS),
    "GET programs.show_revision": Case(HER_CLINICS),
}


@pytest.fixture
def ask(app, client_for, cast, samples):
    """Sends the request of a route as one of the principals."""
    rules = {f"{method} {rule.endpoint}": (method, rule) for method, rule in calls(app)}

    def ask(name: str, principal: str):
        method, rule = rules[name]
        person = None if principal == NOBODY else getattr(cast, principal)
        case, body = MATRIX[name], MATRIX[name].body
        sent = {"json" if case.is_json else "data": body(cast, samples)} if body else {}
        return client_for(person).open(path_of(rule, cast, samples), method=method, **sent)

    return ask


def test_every_route_is_declared_here_and_nothing_else(app):
    assert {f"{method} {rule.endpoint}" for method, rule in calls(app)} == set(MATRIX)


@pytest.mark.parametrize("name", MATRIX)
def test_who_may_not_finds_nothing_and_changes_nothing(ask, database, name):
    for principal in PRINCIPALS:
        if principal in MATRIX[name].may:
            continue
        before = digest(database, but=("sign_in",))
        answer = ask(name, principal)
        if principal == NOBODY and MATRIX[name].is_json:
            assert answer.status_code == 401
        elif principal == NOBODY:
            assert answer.status_code == 303, principal
            assert answer.headers["Location"].startswith("/sign-in")
        else:
            assert answer.status_code == 404, principal
        assert not [word for word in CANARIES if word in answer.text], principal
        assert digest(database, but=("sign_in",)) == before, principal


@pytest.mark.parametrize(
    ("name", "principal"), [(name, who) for name, case in MATRIX.items() for who in PRINCIPALS if who in case.may]
)
def test_who_may_is_answered(ask, database, name, principal):
    before = digest(database)
    answer = ask(name, principal)
    assert answer.status_code in (200, 204, 303), answer.text
    if name.startswith("POST") and MATRIX[name].changes:
        assert digest(database) != before, "accepted, but nothing was written: is the body still a good one?"
    knows = {"GET programs": HER_CLINICS, "POST programs": HER_CLINICS}.get(name.split(".")[0], HERSELF | HER_THERAPIST)
    if principal not in knows and principal != "other_patient":
        assert not [word for word in CANARIES if word in answer.text]


@pytest.mark.parametrize(
    "path",
    [
        "/patients/{nobody}",
        "/patients/{nobody}/consultations",
        "/patients/{nobody}/injections",
        "/patients/{nobody}/assignments",
        "/patients/{nobody}/invitation",
        "/patients/{patient}/consultations/{nobody}",
        "/patients/{patient}/injections/{nobody}",
        "/patients/{patient}/sessions/{nobody}",
        "/programs/{nobody}",
        "/patients/{other}/consultations/{consultation}",
        "/patients/{other}/injections/{injection}",
        "/patients/{other}/sessions/{session}",
        "/patients/{other}/side-effects/{side_effect}",
        "/patients/not-an-id",
    ],
)
def test_what_is_not_there_and_what_is_anothers_look_alike(client_for, cast, samples, path):
    """From `other` on: an id that exists and is hers to see, under a patient to whom it does not belong."""
    given = path.format(
        nobody=uuid.UUID(int=0),
        patient=cast.patient.patient_id,
        other=cast.other_patient.patient_id,
        consultation=samples.consultation_id,
        injection=samples.injection_id,
        side_effect=samples.side_effect_id,
        session=samples.session_id,
    )
    answer = client_for(cast.therapist).get(given)
    assert answer.status_code == 404
    nothing = client_for(cast.therapist).get("/nothing")
    assert _without_tokens(answer.text) == _without_tokens(nothing.text)


@pytest.mark.parametrize(
    "path", ["/assignments/{nobody}/sessions/0123456789ab", "/sessions/{nobody}", "/sessions/{nobody}/summary"]
)
def test_a_patient_finds_nothing_under_an_id_of_nobody(client_for, cast, samples, path):
    assert client_for(cast.patient).get(path.format(nobody=uuid.UUID(int=0))).status_code == 404


def test_another_method_is_no_way_in(app, client_for, cast, samples, database):
    before = digest(database, but=("sign_in",))
    for method, rule in calls(app):
        for other in {"PUT", "PATCH", "DELETE", "TRACE"} - {method}:
            answer = client_for(cast.outsider).open(path_of(rule, cast, samples), method=other)
            assert answer.status_code in (400, 404, 405), f"{other} {rule.rule}"
    assert digest(database, but=("sign_in",)) == before


def test_an_endpoint_without_a_rule_does_not_start(settings):
    app = make_app(settings, Clock())
    app.view_functions["open.door"] = lambda: "anybody"
    app.url_map.add(app.url_rule_class("/open-door", endpoint="open.door"))
    with pytest.raises(UndeclaredEndpoint, match=r"open\.door"):
        require_declared(app)


def test_the_application_checks_its_own_rules(settings, monkeypatch):
    monkeypatch.delattr("coach.web.sign_in.show.access_rule")
    with pytest.raises(UndeclaredEndpoint):
        create_app(settings, Clock(), passwords=FAST)


def _without_tokens(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrf" not in line and "CSRF" not in line]
