"""`coach programs check`: what is wrong with the text of programs, and where."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import Any

from coach.cli.programs.files import Unreadable, checked_file, files_of, refuse
from coach.language import Problem, render


def add_parser(actions: Any) -> None:
    parser = actions.add_parser("check", help="what is wrong with the text of programs")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a program, or a folder of them")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--strict", action="store_true", help="count warnings as errors")
    parser.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    """Exit status 0 without errors, 1 with errors, 2 when a file cannot be read."""
    problems: list[Problem] = []
    unreadable = False
    for file in files_of(arguments.files):
        try:
            problems += checked_file(file).problems
        except Unreadable as error:
            refuse(f"{error.path} cannot be read: {error.reason}")
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


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
