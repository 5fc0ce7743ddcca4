"""`coach init`: a clinic, its first team and its first therapist. Until there is one, nobody can sign in."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from datetime import UTC, datetime
from typing import Any

from coach import resource
from coach.config import settings_from
from coach.db.engine import Database, make_engine
from coach.language.clinic import read_defaults
from coach.services import accounts, clinics
from coach.services.passwords import LONGEST, SHORTEST, Passwords, refusal
from coach.web.telephone import telephone_in

_SAY = {
    "too_short": f"a password of at least {SHORTEST['therapist']} characters is needed",
    "too_long": f"a password of at most {LONGEST} characters, please",
    "too_common": "this password is among the first that somebody would try: a few unrelated words are better",
}


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("init", help="a clinic with its first therapist")
    parser.add_argument("--clinic", required=True, metavar="NAME", help="as patients know it")
    parser.add_argument("--contact", metavar="WORDS", help="shown to patients: whom to call, and when")
    parser.add_argument("--emergency-number", metavar="NUMBER", help="what patients call in an emergency, such as 112")
    parser.add_argument("--therapist", required=True, metavar="NAME")
    parser.add_argument("--sign-in-name", required=True, metavar="NAME", help="usually an e-mail address")
    parser.add_argument("--language", choices=("en", "es"), default="en", help="default %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Asks for the therapist's password (or reads it from standard input, where that is no terminal). 1 where it is
    refused or the sign-in name is taken; nothing is made then."""
    password = (
        getpass.getpass("Password of the therapist: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    )
    about = (arguments.clinic, arguments.therapist, arguments.sign_in_name)
    if (refused := refusal(password, "therapist", about)) is not None:
        print(f"coach: {_SAY[refused]}; nothing was made", file=sys.stderr)
        return 1
    if arguments.emergency_number is not None and telephone_in(arguments.emergency_number) is None:
        print("coach: --emergency-number is no telephone number; nothing was made", file=sys.stderr)
        return 1
    password_hash = Passwords().hash(password)
    defaults = read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_text())
    settings = settings_from(os.environ)
    engine = make_engine(settings.database_url, settings.keyring)
    now = datetime.now(UTC)
    try:
        with Database(engine).write() as db:
            clinic = clinics.open_clinic(
                db,
                name=arguments.clinic,
                contact=arguments.contact,
                emergency_number=arguments.emergency_number,
                now=now,
                defaults=defaults,
            )
            team = clinics.open_team(db, clinic.id, name=arguments.clinic)
            accounts.add_therapist(
                db,
                clinic_id=clinic.id,
                team_id=team.id,
                sign_in_name=arguments.sign_in_name,
                name=arguments.therapist,
                password_hash=password_hash,
                language=arguments.language,
                now=now,
            )
    except accounts.NameTaken:
        print("coach: somebody has this sign-in name already; nothing was made", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    print(f"{arguments.therapist} can sign in at {settings.base_url}/sign-in")
    return 0
