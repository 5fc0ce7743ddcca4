"""`coach programs check` and `coach programs script`: a program's problems, and what the player will play."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coach import resource
from coach.domain.program import Program, Rung
from coach.domain.script import CannotCompile, compile_script
from coach.language import Checked, Problem, check, render
from coach.language.clinic import read_defaults
from coach.language.reading import MOST_BYTES
from coach.language.settings import BadValue, parameter_value


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("programs", help="check a program's text, or see the session script it makes")
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    checking = actions.add_parser("check", help="what is wrong with the text of programs")
    checking.add_argument("files", nargs="+", metavar="FILE", help="a program, or a folder of them")
    checking.add_argument("--format", choices=("text", "json"), default="text")
    checking.add_argument("--strict", action="store_true", help="count warnings as errors")
    checking.set_defaults(run=_check)

    scripting = actions.add_parser("script", help="what the player plays in one session, as JSON")
    scripting.add_argument("file", metavar="FILE")
    scripting.add_argument("session", metavar="SESSION")
    scripting.add_argument("--rung", action="append", default=[], metavar="LADDER=RUNG", help="otherwise the lowest")
    scripting.add_argument("--set", action="append", default=[], metavar="PARAMETER=VALUE", dest="parameters")
    scripting.add_argument("--variant", metavar="ID")
    scripting.add_argument("--nth", type=int, default=1, metavar="N", help="the how-manieth session at its rung")
    scripting.add_argument("--language", metavar="LANGUAGE", help="otherwise the program's own")
    scripting.set_defaults(run=_script)


@dataclass(frozen=True, slots=True)
class _Unreadable(Exception):
    path: str
    reason: str


def _check(arguments: argparse.Namespace) -> int:
    """Exit status 0 without errors, 1 with errors, 2 when a file cannot be read."""
    problems: list[Problem] = []
    unreadable = False
    for file in _files(arguments.files):
        try:
            problems += _checked(file).problems
        except _Unreadable as error:
            print(f"coach: {error.path} cannot be read: {error.reason}", file=sys.stderr)
            unreadable = True
    problems = list(dict.fromkeys(problems))  # a library file that several programs import is checked with each
    if arguments.strict:
        problems = [replace(problem, severity="error") for problem in problems]
    errors = sum(problem.severity == "error" for problem in problems)
    if arguments.format == "json":
        print(json.dumps([problem.as_json() for problem in problems], ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            print(render(problem), end="\n\n")
        warnings = len(problems) - errors
        print(f"{_number(errors, 'error')}, {_number(warnings, 'warning')}")
    return 2 if unreadable else 1 if errors else 0


def _script(arguments: argparse.Namespace) -> int:
    """Exit status 0 with the script on standard output, 1 where the program has errors, 2 where it is wrongly asked."""
    try:
        checked = _checked(arguments.file)
    except _Unreadable as error:
        return _refuse(f"{error.path} cannot be read: {error.reason}")
    program = checked.program
    if program is None:
        for problem in checked.errors:
            print(render(problem), end="\n\n", file=sys.stderr)
        if not checked.errors:
            return _refuse(f"{arguments.file} only offers exercises and sessions to other programs")
        return 1
    own_set = read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_bytes()).generic_set
    try:
        script = compile_script(
            program,
            arguments.session,
            rungs=_rungs(program, arguments.rung, own_set),
            own_set=own_set,
            parameters=_parameters(program, arguments.parameters),
            variant=arguments.variant,
            nth=arguments.nth,
            language=arguments.language,
        )
    except (CannotCompile, BadValue) as error:
        return _refuse(str(error))
    print(json.dumps(script, ensure_ascii=False, indent=2))
    return 0


def _refuse(message: str) -> int:
    print(f"coach: {message}", file=sys.stderr)
    return 2


def _rungs(program: Program, given: Sequence[str], own_set: Sequence[Rung]) -> dict[str, str]:
    """The lowest rung of every ladder, or what was asked for."""
    rungs = {name: (ladder.rungs or own_set)[0].id for name, ladder in program.ladders.items()}
    for pair in given:
        name, _, rung = pair.partition("=")
        if name not in program.ladders:
            known = ", ".join(program.ladders) or "none"
            raise BadValue(f"--rung {pair}: the program has no ladder {name!r}; it has {known}")
        known_rungs = [each.id for each in program.ladders[name].rungs or own_set]
        if rung not in known_rungs:
            raise BadValue(f"--rung {pair}: the ladder {name!r} has no rung {rung!r}; it has {', '.join(known_rungs)}")
        rungs[name] = rung
    return rungs


def _parameters(program: Program, given: Sequence[str]) -> dict[str, int | float]:
    values = {}
    for pair in given:
        name, _, written = pair.partition("=")
        values[name] = parameter_value(program, name, written)
    return values


def _checked(file: str) -> Checked:
    path = Path(file)
    return check(_bytes_of(path), file=file, read=_reader(path), path_of=_namer(path))


def _files(given: Sequence[str]) -> list[str]:
    """The files as given; of a folder all programs in it, but not what a clinic starts with."""
    files: list[str] = []
    for each in given:
        if Path(each).is_dir():
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
        raise _Unreadable(str(path), error.strerror or "it is not a file") from None


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
