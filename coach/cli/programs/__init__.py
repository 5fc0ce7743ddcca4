"""`coach programs`: what is wrong with a program's text, what it says, and what it will ask. No database is opened.

Each action is a module here with `add_parser(actions)`, which sets `run`: a function of the parsed arguments that
returns an exit status.
"""

from __future__ import annotations

from typing import Any

from coach.cli.programs import calendar, check, diff, explain, new, schema, script, simulate


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("programs", help="check a program's text, or see what it will ask of a patient")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for action in (calendar, check, diff, explain, new, schema, script, simulate):
        action.add_parser(actions)
