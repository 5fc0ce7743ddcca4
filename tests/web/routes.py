"""Every route of the application as a request that can be made: what tests walk over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from coach.web.addresses import code_of
from tests.cast import Cast
from tests.samples import Samples


def calls(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Each method of each rule; HEAD and OPTIONS come with GET."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule


def arguments(cast: Cast, samples: Samples) -> dict[str, Any]:
    """One object of the cast's patient for each name of a part of a URL. A name without one fails."""
    return {
        "patient_id": cast.patient.patient_id,
        "assignment_id": samples.assignment_id,
        "session_id": samples.session_id,
        "alert_id": samples.alert_id,
        "consultation_id": samples.consultation_id,
        "injection_id": samples.injection_id,
        "side_effect_id": samples.side_effect_id,
        "pause_id": samples.pause_id,
        "program_id": samples.program_id,
        "revision_id": samples.revision_id,
        "revision_number": 1,
        "session_key": samples.session_key,
        "code": code_of(samples.session_key),
        "token": samples.token,
        "path": "css/tokens.css",
    }


def path_of(rule: Rule, cast: Cast, samples: Samples) -> str:
    known = arguments(cast, samples)
    unknown = rule.arguments - known.keys()
    assert not unknown, f"{rule.rule}: tests/web/routes.py names no sample for {', '.join(sorted(unknown))}"
    built = rule.build({name: known[name] for name in rule.arguments}, append_unknown=False)
    assert built
    return built[1]
