"""The files that an action is about: read, checked with what they import, and what is said where that fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from coach import resource
from coach.domain.program import Program, Rung, Text
from coach.language import Checked, check, render
from coach.language.clinic import ClinicDefaults, read_defaults
from coach.language.problems import visible
from coach.language.reading import MOST_BYTES


@dataclass(frozen=True, slots=True)
class Unreadable(Exception):
    """A file that is not there or not to be read."""

    path: str
    reason: str


class NoProgram(Exception):
    """There is no program in the file; what is wrong has been said. `status` is the exit status."""

    def __init__(self, status: int) -> None:
        self.status = status


def program_in(file: str) -> Program:
    """The program in a file. Raises NoProgram, when its problems or the reason have been printed."""
    try:
        checked = checked_file(file)
    except Unreadable as error:
        raise NoProgram(refuse(f"{error.path} cannot be read: {error.reason}")) from None
    if checked.program is not None:
        return checked.program
    for problem in checked.errors:
        print(render(problem), end="\n\n", file=sys.stderr)
    if not checked.errors:
        raise NoProgram(refuse(f"{file} only offers exercises and sessions to other programs"))
    raise NoProgram(1)


def beside(file: str) -> Callable[[str], Text | None]:
    """The title of a program by its id, where a file of that name lies in the same folder and can be read."""

    def title_of(program_id: str) -> Text | None:
        path = Path(file).with_name(f"{program_id}.yaml")
        try:
            found = checked_file(str(path)).program if path.parent == Path(file).parent else None
        except Unreadable:
            found = None
        return found.title if found else None

    return title_of


def generic_set() -> tuple[Rung, ...]:
    """The sizes that stand for a patient's own where no patient is there."""
    return clinic_defaults().generic_set


@cache
def clinic_defaults() -> ClinicDefaults:
    """What a new clinic starts with."""
    return read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_bytes())


def refuse(message: str) -> int:
    print(f"coach: {visible(message)}", file=sys.stderr)
    return 2


def checked_file(file: str) -> Checked:
    path = Path(file)
    return check(_bytes_of(path), file=file, read=_reader(path), path_of=_namer(path))


def files_of(given: Sequence[str]) -> list[str]:
    """The files as given; of a folder all programs in it, but not what a clinic starts with."""
    files: list[str] = []
    for each in given:
        if os.path.isdir(each):  # unlike Path.is_dir it has an answer for a name that is too long
            found = sorted(Path(each).rglob("*.yaml"))
            files += [str(path) for path in found if path.parent.name != "clinic"]
        else:
            files.append(each)
    return files


def _reader(program: Path) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        found = _imported(program, name)
        return _bytes_of(found) if found is not None else None

    return read


def _namer(program: Path) -> Callable[[str], str]:
    def path_of(name: str) -> str:
        found = _imported(program, name)
        return str(found) if found is not None else f"{name}.yaml"

    return path_of


def _imported(program: Path, name: str) -> Path | None:
    """The file in the nearest folder above the program that has it, else among the programs that come with Coach."""
    above = program.absolute().parent
    for folder in (above, *above.parents):
        candidate = folder / f"{name}.yaml"
        if candidate.is_file():
            return candidate if program.is_absolute() else Path(os.path.relpath(candidate))
    shipped = resource("programs") / f"{name}.yaml"
    return shipped if shipped.is_file() else None


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(str(path), error.strerror or "it is not a file") from None
