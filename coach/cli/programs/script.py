"""`coach programs script`: what the player plays in one session, as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from coach.cli.programs.files import NoProgram, generic_set, program_in, refuse
from coach.domain.program import Program, Rung
from coach.domain.script import CannotCompile, compile_script
from coach.language.parameters import BadValue, parameter_value


def add_parser(actions: Any) -> None:
    parser = actions.add_parser("script", help="what the player plays in one session, as JSON")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("session", metavar="SESSION")
    add_values(parser)
    parser.add_argument("--variant", metavar="ID")
    parser.add_argument("--nth", type=int, default=1, metavar="N", help="the how-manieth session at its rung")
    parser.add_argument("--language", metavar="LANGUAGE", help="otherwise the program's own")
    parser.set_defaults(run=_script)


def add_values(parser: argparse.ArgumentParser) -> None:
    """What a patient would have been given with the program."""
    parser.add_argument("--rung", action="append", default=[], metavar="LADDER=RUNG", help="otherwise the lowest")
    parser.add_argument("--set", action="append", default=[], metavar="PARAMETER=VALUE", dest="parameters")


def _script(arguments: argparse.Namespace) -> int:
    """Exit status 0 with the script on standard output, 1 where the program has errors, 2 where it is wrongly asked."""
    try:
        program = program_in(arguments.file)
    except NoProgram as none:
        return none.status
    own_set = generic_set()
    try:
        script = compile_script(
            program,
            arguments.session,
            rungs=rungs_from(program, arguments.rung, own_set),
            own_set=own_set,
            parameters=parameters_from(program, arguments.parameters),
            variant=arguments.variant,
            nth=arguments.nth,
            language=arguments.language,
        )
    except (CannotCompile, BadValue) as error:
        return refuse(str(error))
    print(json.dumps(script, ensure_ascii=False, indent=2))
    return 0


def rungs_from(program: Program, given: Sequence[str], own_set: Sequence[Rung]) -> dict[str, str]:
    """Ladder id -> rung id: the lowest rung of every ladder, or what was asked for. Raises BadValue."""
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


def parameters_from(program: Program, given: Sequence[str]) -> dict[str, int | float]:
    """Parameter id -> value, durations in ms. Raises BadValue."""
    values = {}
    for pair in given:
        name, _, written = pair.partition("=")
        values[name] = parameter_value(program, name, written)
    return values
