"""The clinic's programs: the list, a program to read, and a text that is checked and becomes a revision."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask_babel import gettext

from coach import resource
from coach.domain.program import Program, Rung, Session, Text
from coach.domain.script import CannotCompile, compile_script
from coach.language import Problem, check
from coach.language.reading import lines_of
from coach.services import access, caseload, programs
from coach.services.programs import Imported
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.therapist import phrases
from coach.web.therapist.phrases import said

if TYPE_CHECKING:
    from coach.db import tables as t

bp = Blueprint("programs", __name__)

LARGEST = 256 * 1024  # bytes, as the language allows
LONGEST_KEY = 64

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_TITLE = re.compile(r"""^title:\s*(?:\{\s*)?(?:[a-z]{2}:\s*)?["']?([^"'#\n{},:]+)""", re.MULTILINE)
_CONTEXT = 3  # lines kept around a problem; what lies between is folded

# What minutes are worked out with where nobody's own set is known (Coach's clinical reference, 2.2).
_USUAL_SET = tuple(
    Rung(f"d{place}", size_mm=size) for place, size in enumerate((13, 16, 19, 22, 25, 29, 32, 36), start=1)
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text with what was found in it."""

    number: int
    text: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines that are shown together; `folded` where nothing was found in or near them."""

    lines: tuple[Line, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class Shipped:
    """A program that comes with Coach. `state`: new here, changed since it was imported, or the same."""

    key: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session in words; `minutes` is None where it cannot be worked out. `steps`: (title, dose)."""

    title: str
    minutes: str | None
    steps: tuple[tuple[str, str], ...]
    takes_turns: bool
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What was pasted, uploaded or chosen. `data` is what is checked; `text` what the form shows again."""

    key: str
    text: str
    data: str | bytes
    unreadable: bool = False


@bp.get("/programs")
@therapists_only
def index() -> str:
    with database().read() as db:
        listed = [(each, programs.load(db, each.newest.id)) for each in programs.programs_of(db, viewer())]
        return render("therapist/programs.html", listed=listed, said=said)


@bp.get("/programs/new")
@therapists_only
def new() -> str:
    return _form(Entry("", "", ""))


@bp.post("/programs")
@therapists_only
def create() -> Response:
    if "shipped" in request.form:
        return _import_shipped(request.form["shipped"])
    entry = _entry()
    if not entry.data:
        return _refused(entry, {"text": gettext("Paste a text or choose a file first.")})
    if entry.unreadable:
        sentence = gettext("This file is not text. A program is a text file in YAML, ending in .yaml.")
        return _refused(entry, {"file": sentence})
    if len(entry.data) > LARGEST:
        return _refused(entry, {"file": gettext("This is larger than a program may be (256 KiB).")})
    if not _KEY.fullmatch(entry.key) or len(entry.key) > LONGEST_KEY:
        return _refused(
            entry, {"key": gettext("Write small letters, digits and single hyphens, such as after-injection.")}
        )
    if "check" in request.form:
        checked = check(entry.data, file=f"{entry.key}.yaml", read=_shipped_text)
        return make_response(_form(entry, checked.problems, sound=not checked.errors), 422 if checked.errors else 200)
    done = _publish(entry.key, entry.data)
    if done.program is None:
        return _not_kept(entry, done)
    return make_response(redirect(url_for("programs.show", program_id=done.program.id), 303))


@bp.get("/programs/<uuid:program_id>")
@therapists_only
def show(program_id: UUID) -> str:
    return _page(program_id, None)


@bp.get("/programs/<uuid:program_id>/revisions/<int:revision_number>")
@therapists_only
def show_revision(program_id: UUID, revision_number: int) -> str:
    return _page(program_id, revision_number)


def _import_shipped(key: str) -> Response:
    text = _shipped_text(key) if _KEY.fullmatch(key) else None
    if text is None:
        abort(404)
    done = _publish(key, text)
    if done.program is None:
        return _not_kept(Entry(key, text, text), done)
    return make_response(redirect(url_for("programs.show", program_id=done.program.id), 303))


def _not_kept(entry: Entry, done: Imported) -> Response:
    errors = {}
    if done.breaches:
        words = gettext("This was not kept: one of its sessions could go a way that no session may go.")
        errors["text"] = f"{words} {done.breaches[0].message}"
    return make_response(_form(entry, done.problems, errors=errors), 422)


def _publish(key: str, text: str | bytes) -> Imported:
    checked = programs.checked_text(key=key, text=text, imports_reader=_shipped_text)
    with database().write() as db:
        return programs.publish(db, viewer(), checked, now=clock())


def _entry() -> Entry:
    """A file that was chosen is meant before a text that stands in the box."""
    key = request.form.get("key", "").strip()
    text = request.form.get("text", "").replace("\r\n", "\n")
    file = request.files.get("file")
    if file is None or not file.filename:
        return Entry(key or _key_of(text), text, text)
    data = file.read()
    key = key or _kebab(Path(file.filename).stem)
    if b"\x00" in data[:4096]:
        return Entry(key, text, data, unreadable=True)
    try:
        # What a browser would send back after showing it, so that mending it in the box changes nothing else.
        return Entry(key, data.decode("utf-8-sig").replace("\r\n", "\n"), data)
    except UnicodeDecodeError:
        # A text in another encoding is for the checker, which names the place; what was in the box stays there.
        return Entry(key, text, data)


def _key_of(text: str) -> str:
    found = _TITLE.search(text)
    return (_kebab(found[1]) if found else "") or "program"


def _kebab(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_KEY].strip("-")


def _refused(entry: Entry, errors: dict[str, str]) -> Response:
    return make_response(_form(entry, errors=errors), 422)


def _form(
    entry: Entry, problems: Sequence[Problem] = (), *, errors: dict[str, str] | None = None, sound: bool = False
) -> str:
    file = f"{entry.key}.yaml"
    with database().read() as db:
        imported = {each.program.key: each.newest.text for each in programs.programs_of(db, viewer())}
    return render(
        "therapist/program_new.html",
        entry=entry,
        errors=errors or {},
        sound=sound,
        problems=problems,
        passages=passages(entry.text, [each for each in problems if each.file == file]) if problems else (),
        elsewhere=[each for each in problems if each.file != file or not entry.text],
        shipped=_shipped(imported),
    )


def _page(program_id: UUID, number: int | None) -> str:
    with database().read() as db:
        row = access.program(db, viewer(), program_id)
        revisions = programs.revisions_of(db, viewer(), program_id)
        revision = next((each for each in revisions if number in (None, each.number)), None)
        if revision is None:
            abort(404)
        program = programs.load(db, revision.id)
        advice = _advice(row, revision)
        return render(
            "therapist/program.html",
            row=row,
            program=program,
            revision=revision,
            revisions=revisions,
            zone=caseload.usual_zone(db, viewer()) or "UTC",
            sessions=[_session_row(program, session) for session in _asked_for(program)],
            advice=advice,
            passages=passages(revision.text, advice, fold=False),
            phrases=phrases,
            said=said,
        )


def _advice(row: t.Program, revision: t.Revision) -> list[Problem]:
    """Warnings about this file itself."""
    return [each for each in programs.problems_of(revision, row.key) if each.file == f"{row.key}.yaml"]


def passages(text: str, problems: Sequence[Problem], *, fold: bool = True) -> list[Passage]:
    """The text line by line with its problems; with `fold`, what is far from any problem is folded."""
    by_line: dict[int, list[Problem]] = {}
    for problem in problems:
        by_line.setdefault(problem.line, []).append(problem)
    near = {line + offset for line in by_line for offset in range(-_CONTEXT, _CONTEXT + 1)}
    found: list[Passage] = []
    numbered = (
        Line(number, written, tuple(by_line.get(number, ()))) for number, written in enumerate(lines_of(text), start=1)
    )
    for folded, group in groupby(numbered, key=lambda line: fold and line.number not in near):
        lines = tuple(group)
        found.append(Passage(lines, folded and len(lines) > 1))
    return found


def _asked_for(program: Program) -> list[Session]:
    """Sessions that some phase asks for, in the order in which they first come; then the rest."""
    named = dict.fromkeys(each.session for phase in program.phases for each in phase.do)
    rest = [name for name in program.sessions if name not in named]
    return [program.sessions[name] for name in (*named, *rest)]


def _session_row(program: Program, session: Session) -> SessionRow:
    steps = session.warm_up + session.steps + session.finish
    turns = tuple((said(program.sessions[each].title), "") for each in session.alternate if each in program.sessions)
    return SessionRow(
        title=said(session.title),
        minutes=_minutes(program, session),
        steps=turns or tuple((said(step.exercise.title), phrases.dose(program, step.exercise)) for step in steps),
        takes_turns=bool(turns),
        variants=tuple(said(variant.title) for variant in session.variants),
    )


def _minutes(program: Program, session: Session) -> str | None:
    rungs = {ladder.id: (ladder.rungs or _USUAL_SET)[0].id for ladder in program.ladders.values()}
    try:
        script = compile_script(program, session.id, rungs=rungs, own_set=_USUAL_SET, parameters={})
    except CannotCompile:
        return None
    return phrases.minutes(float(script["shortest_s"]), float(script["longest_s"]))


def _shipped(imported: dict[str, str]) -> list[Shipped]:
    found = []
    for path in sorted(resource("programs").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        state = "new" if path.stem not in imported else "same" if imported[path.stem] == text else "changed"
        found.append(Shipped(path.stem, said(_title_of(path, path.stat().st_mtime_ns)), state))
    return found


@lru_cache(maxsize=256)
def _title_of(path: Path, _changed_ns: int) -> Text:
    checked = check(path.read_bytes(), file=path.name, read=_shipped_text)
    return checked.program.title if checked.program else Text(path.stem)


def _shipped_text(name: str) -> str | None:
    """A program or a library file that comes with Coach, or None. The checker lets no dots through in names."""
    path = resource("programs") / f"{name}.yaml"
    return path.read_text(encoding="utf-8") if path.is_file() else None
