"""Programs of a clinic and their published revisions, which never change."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.program import Program
from coach.domain.walk import Breach, walk_program
from coach.language import Checked, Problem, check
from coach.services import access
from coach.services.access import NotFound, Viewer

Reader = Callable[[str], str | bytes | None]

_MOST_KEPT = 200
_programs: dict[uuid.UUID, Program] = {}
_walked: set[str] = set()  # digests of texts that were walked without a breach
_lock = Lock()


class RefusedNow(Exception):
    """A revision was published, and the checker of this version finds an error in it."""


@dataclass(frozen=True, slots=True)
class CheckedText:
    """A text as it was read, with the texts of what it imports by name, and what was found in it.

    `breaches`: what the walk over all paths of its sessions found, of a text without errors. A text that the language
    lets through has none; whatever has one is not published."""

    key: str
    text: str | bytes
    imports: dict[str, str]
    checked: Checked
    breaches: tuple[Breach, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a text. `program` and `revision` are None where it has errors or breaches; then nothing was
    changed.

    `is_new` is False where exactly this text was published before. `problems` holds the warnings too.
    """

    program: t.Program | None
    revision: t.Revision | None
    is_new: bool
    problems: tuple[Problem, ...]
    breaches: tuple[Breach, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A program of the clinic with its newest revision."""

    program: t.Program
    newest: t.Revision


def checked_text(*, key: str, text: str | bytes, imports_reader: Reader) -> CheckedText:
    """A text checked as the program `key`, and its sessions walked on all their paths. `imports_reader` gives the text
    of an import (`library/relaxation`) or None.

    Without a database: a long text takes seconds, for which nobody else could write anything down.
    """
    used: dict[str, str] = {}

    def read(name: str) -> str | bytes | None:
        found = imports_reader(name)
        if found is not None:
            used[name] = found.decode(errors="replace") if isinstance(found, bytes) else found
        return found

    checked = check(text, file=f"{key}.yaml", read=read)
    breaches = () if checked.program is None else _breaches(checked.program, _digest(_written(text), used))
    return CheckedText(key, text, used, checked, breaches)


def import_text(
    db: Session, viewer: Viewer, *, key: str, text: str | bytes, imports_reader: Reader, now: datetime
) -> Imported:
    """`checked_text` and `publish` at once, for where nobody waits to write. Only therapists may."""
    if viewer.role != "therapist":
        raise NotFound("program")
    return publish(db, viewer, checked_text(key=key, text=text, imports_reader=imports_reader), now=now)


def publish(db: Session, viewer: Viewer, text: CheckedText, *, now: datetime) -> Imported:
    """Publishes a text without errors and breaches as the newest revision of its program. Only therapists may.

    What it imports is kept with the revision, so that it means the same for ever.
    """
    if viewer.role != "therapist":
        raise NotFound("program")
    key, used, checked = text.key, text.imports, text.checked
    if checked.program is None:
        return Imported(None, None, False, checked.problems)
    if text.breaches:
        return Imported(None, None, False, checked.problems, text.breaches)

    written = _written(text.text)
    digest = _digest(written, used)
    title = checked.program.title.default
    program = db.scalars(
        select(t.Program).where(t.Program.clinic_id == viewer.clinic_id, t.Program.key == key)
    ).one_or_none()
    if program is None:
        program = t.Program(clinic_id=viewer.clinic_id, team_id=viewer.team_id, key=key, title=title, created_at=now)
        db.add(program)
        db.flush()
    same = db.scalars(
        select(t.Revision).where(t.Revision.program_id == program.id, t.Revision.sha256 == digest)
    ).one_or_none()
    if same is not None:
        return Imported(program, same, False, checked.problems)
    number = db.scalar(select(func.max(t.Revision.number)).where(t.Revision.program_id == program.id)) or 0
    revision = t.Revision(
        clinic_id=viewer.clinic_id,
        team_id=viewer.team_id,
        program_id=program.id,
        number=number + 1,
        sha256=digest,
        text=written,
        imports=used,
        published_at=now,
        published_by_id=viewer.account_id,
    )
    db.add(revision)
    program.title = title
    db.flush()
    return Imported(program, revision, True, checked.problems)


def programs_of(db: Session, viewer: Viewer) -> Sequence[Listed]:
    """The clinic's programs by title, each with its newest revision. A patient has none to read."""
    if viewer.role != "therapist":
        return []
    newest = (
        select(t.Revision.program_id, func.max(t.Revision.number).label("number"))
        .where(t.Revision.clinic_id == viewer.clinic_id)
        .group_by(t.Revision.program_id)
        .subquery()
    )
    rows = db.execute(
        select(t.Program, t.Revision)
        .join(newest, newest.c.program_id == t.Program.id)
        .join(t.Revision, (t.Revision.program_id == t.Program.id) & (t.Revision.number == newest.c.number))
        .where(t.Program.clinic_id == viewer.clinic_id)
        .order_by(t.Program.title, t.Program.key)
    )
    return [Listed(program, revision) for program, revision in rows]


def revisions_of(db: Session, viewer: Viewer, program_id: uuid.UUID) -> Sequence[t.Revision]:
    """All revisions of a program, newest first. Raises NotFound."""
    program = access.program(db, viewer, program_id)
    return db.scalars(
        select(t.Revision).where(t.Revision.program_id == program.id).order_by(t.Revision.number.desc())
    ).all()


def revision(db: Session, viewer: Viewer, revision_id: uuid.UUID) -> t.Revision:
    """One revision of a program that the viewer may read. Raises NotFound."""
    found = db.get(t.Revision, revision_id)
    if found is None:
        raise NotFound("revision")
    access.program(db, viewer, found.program_id)
    return found


def newest(db: Session, viewer: Viewer, program_id: uuid.UUID) -> t.Revision:
    """The newest revision of a program. Raises NotFound."""
    program = access.program(db, viewer, program_id)
    return db.scalars(
        select(t.Revision).where(t.Revision.program_id == program.id).order_by(t.Revision.number.desc()).limit(1)
    ).one()


def problems_of(row: t.Revision, key: str) -> tuple[Problem, ...]:
    """The warnings that were left when this revision was published."""
    return check(row.text, file=f"{key}.yaml", read=row.imports.get).problems


def load(db: Session, revision_id: uuid.UUID) -> Program:
    """The program of a revision, kept in the process: revisions never change. Raises NotFound where there is none,
    and RefusedNow.

    For rules, not for readers: whose assignment it is has been decided by whoever asks.
    """
    cached = _programs.get(revision_id)
    if cached is not None:
        return cached
    row = db.execute(
        select(t.Revision.text, t.Revision.imports, t.Program.key)
        .join(t.Program, t.Program.id == t.Revision.program_id)
        .where(t.Revision.id == revision_id)
    ).one_or_none()
    if row is None:
        raise NotFound("revision")
    text, imports, key = row
    checked = check(text, file=f"{key}.yaml", read=imports.get)
    if checked.program is None:
        first = checked.errors[0]
        raise RefusedNow(f"{key}, revision {revision_id}: line {first.line} of {first.file}, {first.code}")
    with _lock:
        if len(_programs) >= _MOST_KEPT:
            _programs.pop(next(iter(_programs)))
        _programs[revision_id] = checked.program
    return checked.program


def refused_now(db: Session, *, today: date) -> tuple[str, ...]:
    """Of the revisions that patients practise by or will, those that `load` refuses, each with the place and the code
    of its first error. `today`: the earliest day that it is anywhere."""
    in_use = select(t.Assignment.revision_id).where(t.Assignment.ends_on.is_(None) | (t.Assignment.ends_on >= today))
    found = []
    for revision_id in sorted(set(db.scalars(in_use))):
        try:
            load(db, revision_id)
        except RefusedNow as refused:
            found.append(str(refused))
    return tuple(found)


def _written(text: str | bytes) -> str:
    return text.decode() if isinstance(text, bytes) else text


def _breaches(program: Program, digest: str) -> tuple[Breach, ...]:
    """What the walk finds. That follows from the text alone, so one that it went through is not walked again."""
    if digest in _walked:
        return ()
    found = walk_program(program).breaches
    if not found:
        with _lock:
            if len(_walked) >= _MOST_KEPT:
                _walked.clear()
            _walked.add(digest)
    return found


def _digest(text: str, imports: dict[str, str]) -> str:
    """SHA-256 of the text and of what it imports, each with its length so that nothing can move between them."""
    digest = hashlib.sha256()
    for part in (text, *(part for name in sorted(imports) for part in (name, imports[name]))):
        encoded = part.encode()
        digest.update(f"{len(encoded)}:".encode() + encoded)
    return digest.hexdigest()
