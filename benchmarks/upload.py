"""The upload of 60 events of a session, durable when it is acknowledged."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from urllib.parse import urlencode

from benchmarks.clinic import Clinic, csrf_token
from benchmarks.limits import bare_upload, new_id
from benchmarks.report import Row
from benchmarks.server import Server, serving

EVENTS = 60


def measure(clinic: Clinic, *, rounds: int, requests: int) -> Row:
    """Each upload is a whole session, opened before it is measured."""
    ours, limits = [], []
    with serving(clinic.application()) as app, serving(bare_upload(str(clinic.path) + ".limit")) as limit:
        patient = _Patient(clinic, app)
        patient.upload_many(5), _limit_many(limit, 5)
        for _ in range(rounds):
            ours.append(patient.upload_many(requests))
            limits.append(_limit_many(limit, requests))
    return Row("upload of 60 events", ours, limits, goal_share=0.5, goal_ms=None, counts="1 commit, 60 rows")


class _Patient:
    def __init__(self, clinic: Clinic, server: Server) -> None:
        self.server = server
        self.headers = {"Cookie": clinic.cookie, "Host": "localhost", "Origin": "http://localhost"}
        page = server.request("GET", "/today", headers=self.headers).body.decode()
        self.headers["X-CSRFToken"] = csrf_token(page)
        found = re.search(r"/assignments/[0-9a-f-]+/sessions/\w+", page)
        if found is None:
            raise RuntimeError("today's page offers no session")
        form = server.request("GET", found[0], headers=self.headers).body.decode()
        self.form = {name: _value_of(name, form) for name in ("assignment_id", "session_key")}

    def open_session(self) -> str:
        """A new session: the one before is ended by its events."""
        body = urlencode({**self.form, "csrf_token": self.headers["X-CSRFToken"]})
        headers = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
        answer = self.server.request("POST", "/sessions", headers=headers, body=body.encode())
        if answer.status != 303:
            raise RuntimeError(f"opening a session was answered with {answer.status}")
        return answer.location.rsplit("/", 1)[1]

    def upload_many(self, requests: int) -> float:
        spent = 0.0
        headers = {**self.headers, "Content-Type": "application/json"}
        for _ in range(requests):
            session_id = self.open_session()
            body = _body()
            before = self.server.cpu_seconds()
            answer = self.server.request("POST", f"/sessions/{session_id}/events", headers=headers, body=body)
            spent += self.server.cpu_seconds() - before
            statuses = [each["status"] for each in json.loads(answer.body)["answers"]]
            if answer.status != 200 or statuses != ["stored"] * EVENTS:
                raise RuntimeError(f"an upload was answered with {answer.status}")
        return spent * 1000 / requests


def _value_of(name: str, page: str) -> str:
    """That of a hidden field of the preparation's form."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    if found is None:
        raise RuntimeError(f"the preparation's form has no {name}")
    return found[1]


def _limit_many(server: Server, requests: int) -> float:
    spent = 0.0
    for _ in range(requests):
        body = _body()
        path = f"/sessions/{new_id()}/events"
        before = server.cpu_seconds()
        answer = server.request("POST", path, headers={"Content-Type": "application/json"}, body=body)
        spent += server.cpu_seconds() - before
        if answer.status != 200:
            raise RuntimeError(f"the limit answered {answer.status}")
    return spent * 1000 / requests


def _body() -> bytes:
    """A session of 60 events as a player sends them: pauses and ratings, then the end."""
    now = int(time.time() * 1000)
    kinds: list[tuple[str, dict[str, object]]] = [("started", {})]
    while len(kinds) < EVENTS - 1:
        kinds.append(("paused", {"why": "asked", "lost_ms": 0}))
        kinds.append(("answered", {"scale": "pain", "value": 2, "moment": "during"}))
        kinds.append(("resumed", {}))
    kinds = [*kinds[: EVENTS - 1], ("stopped", {"reason": None})]
    events = [
        {"id": new_id(), "seq": seq, "kind": kind, "guided_ms": 4000, "mono_ms": seq * 5000, "at": now, "body": body}
        for seq, (kind, body) in enumerate(kinds, 1)
    ]
    return json.dumps({"client_now": int(datetime.now(UTC).timestamp() * 1000), "events": events}).encode()
