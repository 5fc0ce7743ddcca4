"""`coach database`: the tables, brought up to date."""

from __future__ import annotations

import argparse
import os
from typing import Any

from coach.config import settings_from
from coach.db.engine import make_engine
from coach.db.migrating import draft, is_current, upgrade


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("database", help="bring the database's tables up to date")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    actions.add_parser("upgrade", help="to the tables of this version").set_defaults(run=run_upgrade)
    drafting = actions.add_parser("draft", help="for developers: a new migration to the tables as declared now")
    drafting.add_argument("reason", help="what changes, in a few words")
    drafting.set_defaults(run=run_draft)


def run_upgrade(_arguments: argparse.Namespace) -> int:
    settings = settings_from(os.environ)
    engine = make_engine(settings.database_url, settings.keyring)
    try:
        if is_current(engine):
            print("the database is up to date")
        else:
            upgrade(engine)
            print("the database is now up to date")
    finally:
        engine.dispose()
    return 0


def run_draft(arguments: argparse.Namespace) -> int:
    print(draft(arguments.reason))
    return 0
